//! Values that log, panic, fail or take locks, huge values, and records in odd places.

use std::cell::RefCell;
use std::fmt::{Debug, Formatter, Result};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Mutex;
use std::time::Duration;

use gomon_log::MonitoredDrain;
use gomon_test::TestMonitor;
use slog::{Discard, Drain as _, FnValue, Logger, PushFnValue, Serde, info, o};
use slog_async::Async;

use crate::{Output, json, silent, writing};

struct With<F>(F);

impl<F: Fn(&mut Formatter<'_>) -> Result> Debug for With<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        (self.0)(f)
    }
}

/// Logs itself.
struct Recursive(Logger);

impl Debug for Recursive {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        info!(self.0, "again {:?}", self; "value" => ?self);
        f.write_str("recursive")
    }
}

#[test]
fn value_that_logs_itself_is_recorded_once() {
    let (gomon, logger) = (TestMonitor::new(), silent());
    let value = Recursive(logger.clone());
    let lazy = {
        let logger = logger.clone();
        FnValue(move |_| {
            info!(logger, "inside a lazy value");
            7
        })
    };
    let nested = logger.new(o!("lazy" => lazy));
    gomon
        .root()
        .scope(|| info!(nested, "line {value:?}"; "value" => ?value));
    let record = gomon.one("slog-record");
    assert_eq!(record["message"], "line recursive");
    assert_eq!(
        (&record["value"], &record["lazy"]),
        (&"recursive".into(), &7.into())
    );
}

#[test]
fn value_that_panics_or_fails_is_contained() {
    let (gomon, logger) = (TestMonitor::new(), silent());
    let logger = logger.new(
        o!("before" => 1, "lazy" => FnValue(|_| -> u8 { panic_any("planned") }), "after" => 2),
    );
    gomon.root().scope(|| {
        let panics = With(|_: &mut Formatter<'_>| panic_any("planned"));
        let fails = With(|_: &mut Formatter<'_>| Err(std::fmt::Error));
        info!(logger, "a {fails:?} b"; "panics" => ?panics, "fails" => ?fails,
            "push" => PushFnValue(|_, _| Err(slog::Error::Other)));
    });
    let record = gomon.one("slog-record");
    assert_eq!(record["message"], "a <failed>");
    assert_eq!(record["gomon:outcome"], "ok");
    // slog serializes the last key first, and stops at an error.
    assert_eq!(record["after"], 2);
    assert_eq!(record.get("before"), None);
}

#[test]
fn panic_of_a_value_in_the_inner_drain_is_the_callers_as_without_us() {
    let (gomon, (logger, _)) = (TestMonitor::new(), writing());
    let mut request = gomon.root();
    request.scope(|| {
        let lazy = FnValue(|_| -> u8 { panic_any("planned") });
        let caught = catch_unwind(AssertUnwindSafe(|| info!(logger, "line"; "lazy" => lazy)));
        assert!(caught.is_err());
        info!(silent(), "after");
    });
    drop(request);
    let records = gomon.of("slog-record");
    assert_eq!(records[0]["gomon:outcome"], "panic");
    assert_eq!(records[1]["message"], "after");
}

#[test]
fn value_may_take_a_lock_that_the_caller_of_another_thread_holds() {
    static LOCK: Mutex<()> = Mutex::new(());
    let gomon = TestMonitor::new();
    // The worker serializes the list while the caller records it.
    let writer = Async::new(json(&Output::default()).ignore_res())
        .chan_size(8)
        .overflow_strategy(slog_async::OverflowStrategy::Drop)
        .build();
    let logger = Logger::root(MonitoredDrain::new(writer).ignore_res(), o!());
    let inside = logger.clone();
    let locked = logger.new(o!("locks" => FnValue(move |_| {
        let _held = LOCK.lock().unwrap();
        info!(inside, "under a lock");
        "locked"
    })));
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                gomon.root().scope(|| {
                    for _ in 0..200 {
                        info!(locked, "line");
                        let _held = LOCK.lock().unwrap();
                        info!(logger, "held");
                    }
                });
            });
        }
    });
    drop((logger, locked));
    let records = gomon.of("slog-record");
    assert_eq!(
        records
            .iter()
            .filter(|record| record["locks"] == "locked")
            .count(),
        400
    );
    assert_eq!(
        records
            .iter()
            .filter(|record| record["message"] == "held")
            .count(),
        400
    );
}

#[test]
fn huge_values_are_cut_and_say_so() {
    let gomon = TestMonitor::new();
    let huge = "x".repeat(1 << 20);
    gomon.root().scope(|| {
        info!(silent(), "{huge}"; "huge" => &huge, "shown" => %huge, "list" => Serde(vec![7; 1 << 20]));
    });
    let record = gomon.one("slog-record");
    assert!(record["message"].as_str().unwrap().len() <= 10 * 1024);
    assert_eq!(
        record["gomon:cut"].as_array().unwrap().len(),
        4,
        "{}",
        record["gomon:cut"]
    );
    let recorded = gomon.recorder.wait_for(2);
    assert!(recorded[0].as_event().as_bytes().len() <= 64 * 1024);
}

#[test]
fn control_characters_cannot_forge_a_line() {
    let gomon = TestMonitor::new();
    gomon
        .root()
        .scope(|| info!(silent(), "a\n2026 b\u{1b}[31m"; "value" => "\n\u{1b}"));
    let json = gomon.recorder.wait_for(2)[0].to_json();
    assert!(!json.contains(['\n', '\u{1b}']), "{json}");
}

#[test]
fn logging_in_a_thread_local_destructor_and_in_a_panic_is_harmless() {
    struct Logs(Logger);
    impl Drop for Logs {
        fn drop(&mut self) {
            info!(self.0, "in a destructor"; "a" => 1);
        }
    }
    thread_local! {
        static EARLY: RefCell<Option<Logs>> = const { RefCell::new(None) };
        static LATE: RefCell<Option<Logs>> = const { RefCell::new(None) };
    }
    let gomon = TestMonitor::new();
    // Not `slog_json`: it aborts here, as its buffer is a thread-local with a destructor.
    let drain = MonitoredDrain::new(Discard).with_monitor(gomon.monitor());
    let logger = Logger::root(drain, o!());
    std::thread::scope(|threads| {
        threads.spawn(|| {
            EARLY.set(Some(Logs(logger.clone())));
            gomon.root().scope(|| info!(logger, "line"));
            LATE.set(Some(Logs(logger.clone())));
        });
    });
    let caught = catch_unwind(AssertUnwindSafe(|| {
        gomon.root().scope(|| {
            let _logs = Logs(logger.clone());
            panic_any("planned");
        });
    }));
    assert!(caught.is_err());
    assert_eq!(gomon.of("request")[1]["gomon:outcome"], "panic");
    let records = gomon.of("slog-record");
    assert_eq!(records.len(), 4);
    assert!(records.iter().filter(|record| record["a"] == 1).count() == 3);
}

#[test]
fn records_after_shutdown_reach_the_inner_drain_only() {
    let (running, recorder) = TestMonitor::new().into_parts();
    let (logger, output) = writing();
    let mut request = running.monitor().root("request");
    running.shutdown(Duration::from_secs(5));
    request.scope(|| info!(logger, "late"));
    drop(request);
    assert!(output.text().contains("late"));
    assert_eq!(recorder.wait_for(0).len(), 0);
}
