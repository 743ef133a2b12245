//! Well-behaved, slow, failing and panicking listeners.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use gomon_core::{
    Error, Event, Filter, Flush, FlushReason, Key, Listener, Monitor, Recorder, Retransmitter,
    Running, Value, listener,
};
use gomon_test::TestMonitor;
use support::{
    Bomb, Gate, PATIENCE, PLANNED, Scripted, alone, assert_accounted, hide_planned_panics,
    wait_until,
};

#[test]
fn late_listener_gets_the_application_event_first() {
    let (early, late) = (Recorder::new(), Recorder::new());
    let gomon = Monitor::builder()
        .app_id("shop")
        .listener(early.listener())
        .build()
        .unwrap();
    gomon.monitor().root("before").finish();
    gomon.monitor().flush(PATIENCE);
    gomon.monitor().add_listener(late.listener()).unwrap();
    gomon.monitor().root("after").finish();
    let report = gomon.shutdown(PATIENCE);
    let seen = |recorder: &Recorder| -> Vec<String> {
        recorder
            .events()
            .iter()
            .map(|event| event.as_event().fingerprint().to_owned())
            .collect()
    };
    assert_eq!(seen(&early)[..3], ["application", "before", "after"]);
    assert_eq!(seen(&late)[0], "application");
    assert!(
        !seen(&late).contains(&"before".to_owned()) && seen(&late).contains(&"after".to_owned())
    );
    assert_accounted(&report.health);
}

#[test]
fn added_listener_gets_events_that_end_later() {
    for _ in 0..support::count(300, 10_000) {
        let (gomon, recorder) = TestMonitor::from_builder(Monitor::builder()).into_parts();
        gomon.monitor().root("job").finish();
        gomon.shutdown(PATIENCE);
        assert_eq!(recorder.events()[1].as_event().fingerprint(), "job");
    }
}

#[test]
fn listener_added_under_load_is_accounted_for() {
    let gomon = Monitor::builder().health_interval(None).build().unwrap();
    let monitor = gomon.monitor();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Relaxed) {
                monitor.root("job").finish();
            }
        });
        for _ in 0..64 {
            monitor
                .add_listener(listener::from_fn("late", |_| {}))
                .unwrap();
        }
        assert!(
            monitor
                .add_listener(listener::from_fn("late", |_| {}))
                .is_err(),
            "there are 64"
        );
        done.store(true, Relaxed);
    });
    let health = gomon.shutdown(PATIENCE).health;
    assert_accounted(&health);
    assert!(
        monitor
            .add_listener(listener::from_fn("later", |_| {}))
            .is_err()
    );
}

#[test]
fn panicking_listener_does_not_affect_others() {
    struct Hostile;

    impl Listener for Hostile {
        fn name(&self) -> &str {
            panic_any(PLANNED)
        }

        fn feed(&mut self, _: &Event<'_>) -> Result<(), Error> {
            panic_any(Bomb(3))
        }

        fn flush(&mut self, _: &mut Flush) -> Result<(), Error> {
            panic_any(PLANNED)
        }
    }

    impl Drop for Hostile {
        fn drop(&mut self) {
            panic_any(Bomb(1))
        }
    }

    hide_planned_panics();
    let builder = Monitor::builder().health_interval(None).listener(Hostile);
    let (gomon, recorder) = TestMonitor::from_builder(builder).into_parts();
    (0..5).for_each(|_| gomon.monitor().root("job").finish());
    assert_eq!(recorder.wait_for(5).len(), 5);
    let report = gomon.shutdown(PATIENCE);
    assert!(report.late.is_empty() && report.quarantined.is_empty());
    assert!(!report.is_complete(), "events failed");
    assert_accounted(&report.health);
    let hostile = &report.health.listeners[0];
    assert_eq!((hostile.name.as_str(), hostile.failed), ("unnamed", 6));
    assert!(hostile.failed_flushes > 0);
}

/// Ends `count` events and flushes after each.
fn one_by_one(gomon: &Monitor, count: usize) -> Vec<String> {
    (0..count)
        .flat_map(|_| {
            gomon.root("job").finish();
            gomon.flush(PATIENCE).quarantined
        })
        .collect()
}

#[test]
fn ten_panics_in_a_row_cause_a_quarantine_and_then_recovery() {
    hide_planned_panics();
    let (healthy, fed) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let gomon = Monitor::builder()
        .health_interval(None)
        .listener(listener::from_fn("panicking", {
            let (healthy, fed) = (Arc::clone(&healthy), Arc::clone(&fed));
            move |_| {
                if !healthy.load(Relaxed) {
                    panic_any(PLANNED);
                }
                fed.fetch_add(1, Relaxed);
            }
        }))
        .build()
        .unwrap();
    // The first one is the application event.
    assert!(one_by_one(&gomon.monitor(), 8).is_empty());
    assert_eq!(one_by_one(&gomon.monitor(), 1), ["panicking"]);
    assert!(gomon.monitor().health().listeners[0].quarantined);
    healthy.store(true, Relaxed);
    gomon.monitor().root("job").finish();
    wait_until("the listener is back", || fed.load(Relaxed) == 1);
    assert!(!gomon.monitor().health().listeners[0].quarantined);
    let health = gomon.shutdown(PATIENCE).health;
    assert_eq!(
        (health.listeners[0].failed, health.listeners[0].delivered),
        (10, 1)
    );
}

#[test]
fn panics_that_are_not_in_a_row_cause_no_quarantine() {
    hide_planned_panics();
    let mut number = 0;
    let gomon = Monitor::builder()
        .health_interval(None)
        .listener(listener::from_fn("panicking", move |_| {
            number += 1;
            if number % 2 == 0 {
                panic_any(PLANNED);
            }
        }))
        .build()
        .unwrap();
    (0..100).for_each(|_| gomon.monitor().root("job").finish());
    assert!(gomon.monitor().flush(PATIENCE).is_complete());
    assert!(one_by_one(&gomon.monitor(), 30).is_empty());
    let health = gomon.shutdown(PATIENCE).health;
    assert_eq!(
        (health.listeners[0].failed, health.listeners[0].delivered),
        (65, 66)
    );
}

#[test]
fn shutdown_does_not_wait_for_a_quarantine_to_end() {
    hide_planned_panics();
    let gomon = Monitor::builder()
        .health_interval(None)
        .listener(listener::from_fn("panicking", |_| panic_any(PLANNED)))
        .build()
        .unwrap();
    (0..100).for_each(|_| gomon.monitor().root("job").finish());
    wait_until("it is in quarantine", || {
        gomon.monitor().health().listeners[0].quarantined
    });
    let begin = Instant::now();
    let report = gomon.shutdown(PATIENCE);
    // Shorter than the first pause.
    assert!(begin.elapsed() < Duration::from_millis(900));
    assert!(!report.is_complete() && report.late.is_empty());
    assert_eq!(report.quarantined, ["panicking"]);
    assert_accounted(&report.health);
    let listener = &report.health.listeners[0];
    assert_eq!((listener.failed, listener.dropped.quarantine), (10, 91));
    assert!(listener.quarantined && listener.waiting == 0);
    assert_eq!(listener.dropped.total(), 91);
}

/// Number of runs of the panic hook in this process.
static HOOK_RUNS: AtomicU64 = AtomicU64::new(0);

/// The methods of a listener that panic, each time with a different payload.
#[derive(Clone, Copy, Default)]
struct Faults {
    feed: bool,
    /// Panics at every second event.
    second_feed: bool,
    flush: bool,
    drop: bool,
    payload: u32,
}

struct Faulty {
    faults: Faults,
    gate: Gate,
    fed: u64,
}

impl Listener for Faulty {
    fn name(&self) -> &str {
        "faulty"
    }

    fn feed(&mut self, _: &Event<'_>) -> Result<(), Error> {
        self.gate.pass();
        self.fed += 1;
        let Faults {
            feed,
            second_feed,
            payload,
            ..
        } = self.faults;
        if feed || second_feed && self.fed.is_multiple_of(2) {
            panic_any(Bomb(payload));
        }
        Ok(())
    }

    fn flush(&mut self, _: &mut Flush) -> Result<(), Error> {
        if self.faults.flush {
            panic_any(Bomb(self.faults.payload));
        }
        Ok(())
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        if self.faults.drop {
            panic_any(Bomb(self.faults.payload));
        }
    }
}

/// Sends many events to a faulty listener, flushes it often, and shuts down; returns the runs of the panic hook.
fn hook_runs(how: &str, faults: Faults, add: fn(&Running, Faulty), blocked_until_end: bool) -> u64 {
    let before = HOOK_RUNS.load(Relaxed);
    let gomon = Monitor::builder().health_interval(None).build().unwrap();
    let gate = Gate::default();
    add(
        &gomon,
        Faulty {
            faults,
            gate: gate.clone(),
            fed: 0,
        },
    );
    if !blocked_until_end {
        gate.open();
    }
    for at in 0..50_000 {
        gomon.monitor().root("job").finish();
        if !blocked_until_end && at % 1_000 == 0 {
            gomon.monitor().flush(Duration::from_millis(20));
        }
    }
    gate.open();
    let report = gomon.shutdown(PATIENCE);
    assert_accounted(&report.health);
    let listener = &report.health.listeners[0];
    assert_eq!(listener.waiting, 0, "{how}: {listener:#?}");
    assert!(report.late.is_empty(), "{how}");
    HOOK_RUNS.load(Relaxed) - before
}

#[test]
fn panics_of_listeners_are_bounded_at_any_number_of_events() {
    alone(
        "panics_of_listeners_are_bounded_at_any_number_of_events",
        || {
            std::panic::set_hook(Box::new(|_| {
                HOOK_RUNS.fetch_add(1, Relaxed);
            }));
            let own: fn(&Running, Faulty) =
                |gomon, faulty| gomon.monitor().add_listener(faulty).unwrap();
            let late: fn(&Running, Faulty) = |gomon, faulty| {
                (0..1_000).for_each(|_| gomon.monitor().root("early").finish());
                gomon.monitor().flush(PATIENCE);
                gomon.monitor().add_listener(faulty).unwrap();
            };
            let inner: fn(&Running, Faulty) = |gomon, faulty| {
                let retransmitter = Retransmitter::new("outer").to(Filter::all(), faulty);
                gomon.monitor().add_listener(retransmitter).unwrap();
            };
            let feed = Faults {
                feed: true,
                ..Faults::default()
            };
            let second = Faults {
                second_feed: true,
                ..Faults::default()
            };
            let flush = Faults {
                flush: true,
                ..Faults::default()
            };
            let all = Faults {
                feed: true,
                flush: true,
                drop: true,
                payload: 3,
                ..Faults::default()
            };
            for (how, faults, add, blocked_until_end) in [
                ("each event", feed, own, false),
                ("each event, late", feed, late, false),
                ("each event, inside", feed, inner, false),
                ("each event, at shutdown", feed, own, true),
                ("each event, inside, at shutdown", feed, inner, true),
                ("every second", second, own, false),
                ("every second, inside", second, inner, false),
                ("every second, at shutdown", second, own, true),
                ("each flush", flush, own, false),
                ("each flush, inside", flush, inner, false),
                ("all", all, own, false),
                ("all, at shutdown", all, own, true),
                ("all, inside", all, inner, false),
            ] {
                let begin = Instant::now();
                let runs = hook_runs(how, faults, add, blocked_until_end);
                // Ten in a row of each kind, or at once; then some per second.
                let at_once = if faults.second_feed {
                    101
                } else {
                    2 * 2 * (10 + 1)
                };
                let limit = at_once + 10 * (begin.elapsed().as_secs() + 1);
                println!("{how}: {runs} runs of the panic hook, at most {limit}");
                assert!((1..=limit).contains(&runs), "{how}: {runs} of {limit}");
            }
        },
    );
}

#[test]
fn events_reach_a_listener_whose_flushes_panic() {
    hide_planned_panics();
    let gomon = Monitor::builder()
        .health_interval(None)
        .listener(Scripted {
            name: "unflushable",
            feed: |_: &Event<'_>| Ok(()),
            flush: || panic_any(PLANNED),
        })
        .build()
        .unwrap();
    for _ in 0..30 {
        gomon.monitor().root("job").finish();
        assert_eq!(gomon.monitor().flush(PATIENCE).failed, ["unflushable"]);
    }
    let report = gomon.shutdown(PATIENCE);
    assert!(report.is_complete());
    let listener = &report.health.listeners[0];
    assert_eq!((listener.delivered, listener.dropped.total()), (31, 0));
    assert!(listener.failed_flushes >= 30 && !listener.quarantined);
}

#[test]
fn listener_may_query_flush_and_add() {
    let (calls, name) = (Arc::new(AtomicU64::new(0)), "curious");
    let gomon = Monitor::builder().health_interval(None).build().unwrap();
    let monitor = gomon.monitor();
    for _ in 0..2 {
        let calls = Arc::clone(&calls);
        let feed = move |event: &Event<'_>| {
            assert!(monitor.root("job").is_noop(), "nothing is tracked here");
            if event.fingerprint() == "first" {
                assert!(monitor.health().produced > 1);
                monitor.flush(Duration::from_millis(50));
                monitor.add_listener(listener::from_fn("added", |_| {}))?;
                calls.fetch_add(1, Relaxed);
            }
            Ok(())
        };
        gomon
            .monitor()
            .add_listener(Scripted {
                name,
                feed,
                flush: || Ok(()),
            })
            .unwrap();
    }
    gomon.monitor().flush(PATIENCE);
    gomon.monitor().root("first").finish();
    wait_until("both have called", || calls.load(Relaxed) == 2);
    let report = gomon.shutdown(PATIENCE);
    assert!(report.is_complete());
    assert_eq!(report.health.listeners.len(), 4);
    assert_accounted(&report.health);
}

#[test]
fn tracker_ended_by_a_listener_is_delivered() {
    let recorder = Recorder::new();
    let (sender, receiver) = std::sync::mpsc::channel();
    let gomon = Monitor::builder()
        .listener(recorder.listener())
        .listener(listener::from_fn("ending", move |_| {
            drop(receiver.try_recv());
        }))
        .build()
        .unwrap();
    sender.send(gomon.monitor().root("moved")).unwrap();
    gomon.monitor().root("job").finish();
    recorder.wait_until(|events| {
        events
            .iter()
            .any(|event| event.as_event().fingerprint() == "moved")
    });
    assert_eq!(gomon.monitor().health().open, 0);
}

#[test]
fn event_larger_than_its_share_of_the_budget_reaches_an_idle_listener() {
    let gomon = (0..64)
        .fold(
            Monitor::builder().memory(1024 * 1024).health_interval(None),
            |builder, _| builder.listener(listener::from_fn("idle", |_| {})),
        )
        .build()
        .unwrap();
    let text = "x".repeat(10 * 1024);
    assert!(gomon.monitor().flush(PATIENCE).is_complete());
    for _ in 0..10 {
        gomon
            .monitor()
            .root("job")
            .set(Key::new("text"), Value::long(&text));
        assert!(gomon.monitor().flush(PATIENCE).is_complete());
    }
    let health = gomon.shutdown(PATIENCE).health;
    for listener in &health.listeners {
        assert_eq!(
            (listener.delivered, listener.dropped.total()),
            (11, 0),
            "{health:#?}"
        );
    }
}

#[test]
fn failures_of_a_listener_are_counted() {
    let mut number = 0;
    let failing = Scripted {
        name: "failing",
        feed: move |_: &Event<'_>| {
            number += 1;
            if number % 2 == 0 {
                Err(Error::listener("no"))
            } else {
                Ok(())
            }
        },
        flush: || Err(Error::listener("no")),
    };
    let gomon = Monitor::builder()
        .health_interval(None)
        .listener(failing)
        .build()
        .unwrap();
    (0..9).for_each(|_| gomon.monitor().root("job").finish());
    assert_eq!(gomon.monitor().flush(PATIENCE).failed, ["failing"]);
    let health = gomon.shutdown(PATIENCE).health;
    let listener = &health.listeners[0];
    assert_eq!((listener.delivered, listener.failed), (5, 5));
    assert!(listener.failed_flushes > 0);
}

/// Records the reasons of its flushes, and requests another flush after each idle one.
struct Batching {
    reasons: std::sync::mpsc::Sender<FlushReason>,
    taken: u64,
}

impl Listener for Batching {
    fn name(&self) -> &str {
        "batching"
    }

    fn feed(&mut self, _: &Event<'_>) -> Result<(), Error> {
        self.taken += 1;
        Ok(())
    }

    fn flush(&mut self, flush: &mut Flush) -> Result<(), Error> {
        let _ = self.reasons.send(flush.reason());
        match flush.reason() {
            FlushReason::Idle => flush.call_again_after(Duration::from_millis(1)),
            FlushReason::Last => {
                flush.report_lost("unsent", 2);
                flush.report_lost("too large", 1);
                flush.report_lost("unsent", 1_000_000);
            }
            _ => {}
        }
        Ok(())
    }
}

#[test]
fn flush_has_a_reason_and_late_losses_are_accounted_for() {
    let (reasons, seen) = std::sync::mpsc::channel();
    let gomon = Monitor::builder()
        .listener(Batching { reasons, taken: 0 })
        .build()
        .unwrap();
    let monitor = gomon.monitor();
    monitor.root("one").finish();
    let wait_for = |reason| {
        let mut seen = seen.iter();
        assert!(seen.any(|flushed| flushed == reason), "{reason:?}");
    };
    wait_for(FlushReason::Idle);
    wait_for(FlushReason::Timer);
    // A flush for another reason that is running at the time of a request serves it, too.
    let is_requested = || {
        assert!(monitor.flush(PATIENCE).is_complete());
        seen.try_iter()
            .any(|reason| reason == FlushReason::Requested)
    };
    assert!((0..100).any(|_| is_requested()));
    let report = gomon.shutdown(PATIENCE);
    wait_for(FlushReason::Last);
    assert_eq!(seen.iter().count(), 0);
    assert!(!report.is_complete() && report.late.is_empty());
    let listener = &report.health.listeners[0];
    // No more events than were delivered count as lost.
    let all = report.health.produced;
    assert_eq!(listener.delivered, 0);
    assert_eq!(listener.lost, [("unsent", all - 1), ("too large", 1)]);
    assert_accounted(&report.health);
}
