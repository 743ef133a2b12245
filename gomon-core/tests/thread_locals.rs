//! Trackers and scopes in thread-local destructors, before and after the drop of GoMon's own state.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::cell::RefCell;
use std::thread::Builder;

use gomon_core::{EventTracker, EventValue, FutureExt, Key, Monitor, TrackerContext, current};
use gomon_test::TestMonitor;
use support::{PATIENCE, alone, assert_accounted, count};

const NUMBER: Key<'static> = Key::new("number");

/// Uses trackers and scopes when its thread ends.
struct Last {
    monitor: Monitor,
    thread: u64,
    open: EventTracker,
}

impl Drop for Last {
    fn drop(&mut self) {
        let monitor = self.monitor;
        self.open.set(NUMBER, 10 * self.thread + 2);
        self.open.scope(|| {
            current(|tracker| tracker.set(Key::new("seen"), true));
            monitor.tracker("child").finish();
            let _ = TrackerContext::current();
            let _ = gomon_core::adapter::current_id();
        });
        std::mem::take(&mut self.open).finish();
        let mut late = monitor.root("late");
        late.set(NUMBER, 10 * self.thread + 3);
        let step = late.child("step");
        late.attach(step);
        late.finish();
        drop(std::future::pending::<()>().tracked(monitor.root("future")));
        gomon_core::suppressed(|| monitor.root("none").finish());
        gomon_core::tracker("none").finish();
        assert!(monitor.health().produced > 0);
    }
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

/// Runs threads whose thread-local is initialised before or after GoMon's own; checks the accounting.
fn run(before: bool) {
    let (gomon, recorder) = TestMonitor::new().into_parts();
    let monitor = gomon.monitor();
    let threads = count(100, 10_000);
    for thread in 0..threads as u64 {
        let thread = Builder::new().spawn(move || {
            if before {
                LAST.with_borrow_mut(|last| *last = None);
            }
            monitor
                .root("first")
                .scope(|| monitor.tracker("inside").finish());
            let mut numbered = monitor.root("numbered");
            numbered.set(NUMBER, 10 * thread + 1);
            numbered.finish();
            let open = monitor.root("open");
            LAST.with_borrow_mut(|last| {
                *last = Some(Last {
                    monitor,
                    thread,
                    open,
                });
            });
        });
        thread.unwrap().join().unwrap();
    }
    let health = gomon.shutdown(PATIENCE).health;
    assert_accounted(&health);
    assert_eq!((health.open, health.bytes_held), (0, 0));
    let events = recorder.events();
    assert_eq!(events.len(), 1 + 7 * threads, "{health:#?}");
    let mut last = vec![0; threads];
    for event in &events {
        if let Some(EventValue::U64(number)) = event.as_event().get("number") {
            let last = &mut last[number as usize / 10];
            assert_eq!(number % 10, *last + 1, "in the order of their ends");
            *last += 1;
        }
    }
    assert!(last.iter().all(|last| *last == 3));
}

#[test]
fn destructor_that_runs_before_ours_is_tracked() {
    alone("destructor_that_runs_before_ours_is_tracked", || {
        run(false);
    });
}

#[test]
fn destructor_that_runs_after_ours_is_tracked() {
    alone("destructor_that_runs_after_ours_is_tracked", || run(true));
}
