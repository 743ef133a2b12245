//! Shutdown within its deadline, called from anywhere.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gomon_core::{Monitor, Outcome, Running, listener};
use gomon_test::TestMonitor;
use support::{Gate, PATIENCE, assert_accounted, blocked, wait_until};

/// Tolerance of deadlines.
const GRACE: Duration = Duration::from_millis(250);

#[track_caller]
fn in_time<T>(timeout: Duration, f: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let result = f();
    let elapsed = begin.elapsed();
    assert!(elapsed <= timeout + GRACE, "{elapsed:?}");
    result
}

#[test]
fn events_that_end_before_shutdown_are_delivered() {
    let (gomon, recorder) = TestMonitor::new().into_parts();
    gomon.monitor().root("job").finish();
    let report = gomon.shutdown(PATIENCE);
    assert!(report.is_complete());
    assert_eq!(recorder.events().len(), 2);
    assert_accounted(&report.health);
    assert_eq!((report.health.open, report.health.bytes_held), (0, 0));
}

#[test]
fn events_that_end_after_shutdown_are_counted_as_dropped() {
    let (gomon, recorder) = TestMonitor::new().into_parts();
    let open = gomon.monitor().root("job");
    let elsewhere = gomon.monitor().root("job");
    assert_eq!(gomon.shutdown(PATIENCE).health.open, 2);
    open.finish();
    std::thread::scope(|scope| {
        scope.spawn(move || elsewhere.finish());
    });
    assert!(gomon.monitor().root("job").is_noop());
    let health = gomon.monitor().health();
    assert_eq!((health.produced, health.open), (3, 0));
    assert_eq!(health.listeners[0].dropped.after_shutdown, 2);
    assert_accounted(&health);
    assert_eq!(recorder.events().len(), 1);
}

#[test]
fn nothing_enables_a_monitor_that_was_shut_down() {
    let (gomon, _) = TestMonitor::new().into_parts();
    gomon.shutdown(PATIENCE);
    gomon.monitor().enable();
    assert!(!gomon.monitor().toggle());
    assert!(!gomon.monitor().is_enabled() && gomon.monitor().root("job").is_noop());
    assert!(gomon.monitor().flush(PATIENCE).is_complete());
}

#[test]
fn drop_delivers_events() {
    let (gomon, recorder) = TestMonitor::new().into_parts();
    let monitor = gomon.monitor();
    monitor.root("job").finish();
    drop(gomon);
    assert_eq!(recorder.events().len(), 2);
    assert!(monitor.root("job").is_noop());
}

#[test]
fn drop_waits_at_most_a_second() {
    let gate = Gate::default();
    let gomon = Monitor::builder().listener(blocked(&gate)).build().unwrap();
    in_time(Duration::from_secs(1), || drop(gomon));
    gate.open();
}

#[test]
fn shutdown_works_in_destructors_and_during_panics() {
    struct Owner(Running);

    impl Drop for Owner {
        fn drop(&mut self) {
            assert!(self.0.shutdown(PATIENCE).is_complete());
        }
    }

    let (gomon, recorder) = TestMonitor::new().into_parts();
    let panicked = std::panic::catch_unwind(move || {
        let owner = Owner(gomon);
        owner
            .0
            .monitor()
            .root("job")
            .scope(|| std::panic::resume_unwind(Box::new(())));
    });
    assert!(panicked.is_err());
    let events = recorder.events();
    assert_eq!(events[1].as_event().outcome(), Outcome::Panic);
}

#[test]
fn repeated_and_concurrent_shutdowns_are_harmless() {
    for _ in 0..support::count(20, 1_000) {
        let (gomon, recorder) = TestMonitor::new().into_parts();
        gomon.monitor().root("job").finish();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert!(gomon.shutdown(PATIENCE).is_complete()));
            }
        });
        let report = gomon.shutdown(PATIENCE);
        assert!(report.is_complete());
        assert_eq!(recorder.events().len(), 2);
        assert_accounted(&report.health);
    }
}

#[test]
fn events_that_end_during_shutdown_are_accounted_for() {
    for _ in 0..support::count(50, 1_000) {
        let (gomon, _) = TestMonitor::new().into_parts();
        let monitor = gomon.monitor();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(move || (0..2_000).for_each(|_| monitor.root("job").finish()));
            }
            gomon.shutdown(PATIENCE);
        });
        // The destructors of a scoped thread may run after the end of its scope.
        wait_until("threads have ended", || {
            gomon.monitor().health().bytes_held == 0
        });
        let health = gomon.monitor().health();
        assert_accounted(&health);
        assert_eq!(
            (health.listeners[0].waiting, health.open),
            (0, 0),
            "{health:#?}"
        );
    }
}

#[test]
fn shutdown_without_time_is_complete_only_if_all_was_delivered() {
    for _ in 0..support::count(300, 10_000) {
        let (gomon, recorder) = TestMonitor::new().into_parts();
        gomon.monitor().flush(PATIENCE);
        gomon.monitor().root("job").finish();
        for _ in 0..3 {
            let report = gomon.shutdown(Duration::ZERO);
            let delivered = recorder.events().len();
            assert!(!report.is_complete() || delivered == 2, "{report:#?}");
        }
    }
}

#[test]
fn shutdown_abandons_a_hung_listener() {
    let gate = Gate::default();
    let builder = Monitor::builder()
        .health_interval(None)
        .listener(blocked(&gate));
    let (gomon, recorder) = TestMonitor::from_builder(builder).into_parts();
    // A busy thread holds a larger buffer until it ends.
    std::thread::scope(|threads| {
        let jobs = || (0..100).for_each(|_| gomon.monitor().root("job").finish());
        threads.spawn(jobs).join().unwrap();
    });
    let timeout = Duration::from_millis(200);
    let report = in_time(timeout, || gomon.shutdown(timeout));
    assert_eq!(report.late, ["blocked"]);
    assert_accounted(&report.health);
    assert_eq!(recorder.events().len(), 101);
    gate.open();
    wait_until("it is done", || {
        gomon.monitor().health().listeners[0].waiting == 0
    });
    let health = gomon.monitor().health();
    assert_accounted(&health);
    assert_eq!((health.listeners[0].delivered, health.bytes_held), (1, 0));
}

#[test]
fn flush_does_not_wait_for_a_hung_listener_after_its_timeout() {
    let gate = Gate::default();
    let gomon = Monitor::builder().listener(blocked(&gate)).build().unwrap();
    let timeout = Duration::from_millis(200);
    let report = in_time(timeout, || gomon.monitor().flush(timeout));
    assert_eq!(report.late, ["blocked"]);
    gate.open();
}

#[test]
fn listener_may_shut_down_its_own_monitor() {
    let owner: Arc<Mutex<Option<Running>>> = Arc::default();
    let gate = Gate::default();
    let gomon = Monitor::builder()
        .listener(listener::from_fn("last", {
            let (owner, gate) = (Arc::clone(&owner), gate.clone());
            move |_| {
                if let Some(gomon) = owner.lock().unwrap().take() {
                    assert_eq!(gomon.shutdown(PATIENCE).late, ["last"]);
                    drop(gomon);
                    gate.open();
                }
            }
        }))
        .build()
        .unwrap();
    let monitor = gomon.monitor();
    *owner.lock().unwrap() = Some(gomon);
    monitor.root("job").finish();
    in_time(Duration::from_secs(10), || gate.pass());
}

#[test]
fn mutual_flushes_of_listeners_end_at_their_timeouts() {
    let timeout = Duration::from_millis(200);
    let gomon = Monitor::builder().health_interval(None).build().unwrap();
    let monitor = gomon.monitor();
    for _ in 0..2 {
        gomon
            .monitor()
            .add_listener(listener::from_fn("flushing", move |_| {
                drop(monitor.flush(timeout));
            }))
            .unwrap();
    }
    gomon.monitor().root("job").finish();
    let report = in_time(timeout * 8, || gomon.shutdown(timeout * 8));
    assert!(report.is_complete(), "{report:#?}");
}

#[test]
fn shutdown_works_in_any_runtime() {
    let runtimes = || {
        [
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(4)
                .enable_all()
                .build()
                .unwrap(),
        ]
    };
    for _ in 0..support::count(3, 1_000) {
        for runtime in runtimes() {
            runtime.block_on(async {
                let (gomon, recorder) = TestMonitor::new().into_parts();
                let monitor = gomon.monitor();
                let task = tokio::spawn(async move { monitor.root("job").finish() });
                task.await.unwrap();
                let shutdown = tokio::spawn(async move { gomon.shutdown(PATIENCE) });
                assert!(shutdown.await.unwrap().is_complete());
                assert_eq!(recorder.events().len(), 2);
            });
        }
        for runtime in runtimes() {
            let (gomon, recorder) = TestMonitor::new().into_parts();
            gomon.monitor().root("job").finish();
            runtime.block_on(async { drop(gomon) });
            assert_eq!(recorder.events().len(), 2);
            let (gomon, recorder) = TestMonitor::new().into_parts();
            gomon.monitor().root("job").finish();
            // A task dropped with its runtime.
            runtime.spawn(async move {
                std::future::pending::<()>().await;
                drop(gomon);
            });
            drop(runtime);
            assert_eq!(recorder.events().len(), 2);
        }
    }
}
