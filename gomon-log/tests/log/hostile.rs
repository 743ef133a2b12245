//! Values that log, panic, fail or take locks, huge messages, and records in odd places.

use std::cell::RefCell;
use std::fmt::{Debug, Formatter, Result};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gomon_log::MonitoredLogger;
use gomon_test::TestMonitor;
use log::kv::{Error, Source, VisitSource};
use log::{Level, LevelFilter, Log, Record, info};

use crate::{Kept, monitored};

struct With<F>(F);

impl<F: Fn(&mut Formatter<'_>) -> Result> Debug for With<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        (self.0)(f)
    }
}

/// Logs itself.
struct Recursive<'a>(&'a dyn Log);

#[allow(clippy::recursive_format_impl, reason = "a program may do so")]
impl Debug for Recursive<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        info!(logger: self.0, value:? = self; "again {self:?}");
        f.write_str("recursive")
    }
}

#[test]
fn debug_that_logs_itself_is_recorded_once() {
    /// Formats nothing, as a logger that filters.
    struct Silent;
    impl Log for Silent {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            false
        }
        fn log(&self, _: &Record<'_>) {}
        fn flush(&self) {}
    }
    let (gomon, logger) = (TestMonitor::new(), MonitoredLogger::new(Silent));
    let value = Recursive(&logger);
    gomon
        .root()
        .scope(|| info!(logger: logger, value:?; "line {value:?}"));
    let record = gomon.one("log-record");
    assert_eq!(record["message"], "line recursive");
    assert_eq!(record["value"], "recursive");
}

#[test]
fn debug_that_panics_or_fails_is_contained() {
    let gomon = TestMonitor::new();
    let logger = MonitoredLogger::new(log::logger());
    gomon.root().scope(|| {
        let panics = With(|_: &mut Formatter<'_>| panic_any("planned"));
        let fails = With(|_: &mut Formatter<'_>| Err(std::fmt::Error));
        info!(logger: logger, panics:?, fails:?; "a {fails:?} b");
        info!(logger: logger, after = 1; "{panics:?}");
    });
    let records = gomon.of("log-record");
    assert_eq!(records[0]["message"], "a <failed>");
    assert_eq!(records[0]["panics"], "<panicked>");
    assert_eq!(records[0]["fails"], "<failed>");
    assert_eq!(records[1]["message"], "<panicked>");
    assert_eq!(records[1]["after"], 1);
}

#[test]
fn source_of_fields_that_panics_is_contained() {
    struct Panics;
    impl Source for Panics {
        fn visit<'kvs>(
            &'kvs self,
            visitor: &mut dyn VisitSource<'kvs>,
        ) -> std::result::Result<(), Error> {
            visitor.visit_pair("first".into(), 1.into())?;
            panic_any("planned")
        }
    }
    let (gomon, _) = monitored();
    let logger = MonitoredLogger::new(log::logger());
    let record = Record::builder()
        .level(Level::Info)
        .args(format_args!("line"))
        .key_values(&Panics)
        .build();
    gomon.root().scope(|| logger.log(&record));
    assert_eq!(gomon.one("log-record")["first"], 1);
}

#[test]
fn debug_may_take_a_lock_that_the_caller_of_another_thread_holds() {
    static LOCK: Mutex<()> = Mutex::new(());
    let (gomon, logger) = monitored();
    let locks = With(|f: &mut Formatter<'_>| {
        let _held = LOCK.lock().unwrap();
        info!(logger: logger, "under a lock");
        f.write_str("locked")
    });
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                gomon.root().scope(|| {
                    for _ in 0..200 {
                        info!(logger: logger, locks:?; "line");
                        let _held = LOCK.lock().unwrap();
                        info!(logger: logger, "held");
                    }
                });
            });
        }
    });
    let records = gomon.of("log-record");
    assert_eq!(records.len(), 800);
    assert_eq!(
        records
            .iter()
            .filter(|record| record["locks"] == "locked")
            .count(),
        400
    );
}

#[test]
fn huge_message_is_cut_and_says_so() {
    let (gomon, logger) = monitored();
    let huge = "x".repeat(1 << 20);
    gomon
        .root()
        .scope(|| info!(logger: logger, huge = huge.as_str(), shown:% = huge; "{huge}"));
    let record = gomon.one("log-record");
    assert!(record["message"].as_str().unwrap().len() <= 10 * 1024);
    assert_eq!(
        record["gomon:cut"],
        serde_json::json!(["message", "huge", "shown"])
    );
    let recorded = gomon.recorder.wait_for(2);
    assert!(recorded[0].as_event().as_bytes().len() <= 64 * 1024);
}

#[test]
fn control_characters_cannot_forge_a_line() {
    let (gomon, logger) = monitored();
    gomon
        .root()
        .scope(|| info!(logger: logger, value = "\n\u{1b}"; "a\n2026 b\u{1b}[31m"));
    let json = gomon.recorder.wait_for(2)[0].to_json();
    assert!(!json.contains(['\n', '\u{1b}']), "{json}");
}

#[test]
fn logging_in_a_thread_local_destructor_and_in_a_panic_is_harmless() {
    struct Logs(Arc<MonitoredLogger<Kept>>);
    impl Drop for Logs {
        fn drop(&mut self) {
            info!(logger: self.0, "in a destructor");
        }
    }
    thread_local! {
        static EARLY: RefCell<Option<Logs>> = const { RefCell::new(None) };
        static LATE: RefCell<Option<Logs>> = const { RefCell::new(None) };
    }
    let (gomon, logger) = monitored();
    let logger = Arc::new(logger.with_monitor(gomon.monitor()));
    std::thread::scope(|threads| {
        threads.spawn(|| {
            EARLY.set(Some(Logs(logger.clone())));
            gomon.root().scope(|| info!(logger: logger, "line"));
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
    let requests = gomon.of("request");
    assert_eq!(requests[1]["gomon:outcome"], "panic");
    assert_eq!(requests[1]["logs"], 1);
    assert_eq!(gomon.of("log-record").len(), 4);
}

#[test]
fn records_after_shutdown_reach_the_inner_logger_only() {
    let (running, recorder) = TestMonitor::new().into_parts();
    let inner = Kept::new(LevelFilter::Info);
    let logger = MonitoredLogger::new(&inner);
    let mut request = running.monitor().root("request");
    running.shutdown(Duration::from_secs(5));
    request.scope(|| info!(logger: logger, "late"));
    drop(request);
    assert_eq!(inner.lines(), ["late"]);
    assert_eq!(recorder.wait_for(0).len(), 0);
}
