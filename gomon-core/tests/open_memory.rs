//! Byte budget of open trackers.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use gomon_core::{Error, EventTracker, Key, Monitor, Recorder, Running};
use support::{PATIENCE, assert_accounted};

/// The minimum.
const BUDGET: usize = 1024 * 1024;
const TEXT: Key<'static> = Key::new("text");

fn monitor() -> (Running, Recorder) {
    let recorder = Recorder::new();
    let gomon = Monitor::builder()
        .health_interval(None)
        .open_memory(BUDGET)
        .listener(recorder.listener())
        .build()
        .unwrap();
    (gomon, recorder)
}

#[test]
fn trackers_beyond_the_budget_are_empty_and_counted() {
    let (gomon, recorder) = monitor();
    let monitor = gomon.monitor();
    let open: Vec<_> = (0..10_000).map(|_| monitor.root("job")).collect();
    let taken = open.iter().filter(|tracker| !tracker.is_noop()).count();
    assert!((1_000..2_000).contains(&taken), "{taken}");
    let health = monitor.health();
    assert_eq!(health.open, taken as u64);
    assert!(health.open_bytes <= BUDGET && health.open_bytes > BUDGET / 2);
    drop(open);
    assert!(monitor.health().open_bytes < 64 * 1024, "a pool remains");
    assert!(!monitor.root("job").is_noop());
    let report = gomon.shutdown(PATIENCE);
    let health = &report.health;
    assert_accounted(health);
    assert_eq!(health.produced, 10_002);
    assert_eq!(
        health.listeners[0].dropped.open_budget,
        10_000 - taken as u64
    );
    assert_eq!(recorder.events().len(), taken + 2);
    assert_eq!(health.open, 0);
}

/// Opens trackers, lets each grow, and checks the budget.
fn grow(mut each: impl FnMut(&mut EventTracker)) -> gomon_core::Health {
    let (gomon, recorder) = monitor();
    let mut open: Vec<_> = (0..200).map(|_| gomon.monitor().root("job")).collect();
    for tracker in &mut open {
        for _ in 0..60 {
            each(tracker);
        }
        assert!(gomon.monitor().health().open_bytes <= BUDGET);
    }
    drop(open);
    assert!(gomon.monitor().health().open_bytes < 128 * 1024);
    let report = gomon.shutdown(PATIENCE);
    assert_accounted(&report.health);
    assert!(recorder.events().len() > 200);
    report.health
}

#[test]
fn fields_beyond_the_budget_are_dropped_and_counted() {
    let text = "x".repeat(1_000);
    let mut number = 0;
    let health = grow(|tracker| {
        number += 1;
        tracker.set(Key::new(&format!("text-{}", number % 60)), text.as_str());
    });
    assert!(health.limited_fields > 1_000, "{health:?}");
}

#[test]
fn errors_beyond_the_budget_are_dropped_and_counted() {
    let error = Error::listener("x".repeat(4_000));
    let health = grow(|tracker| tracker.add_error(&error));
    assert!(health.limited_fields > 1_000, "{health:?}");
}

#[test]
fn children_beyond_the_budget_are_delivered_separately() {
    let text = "x".repeat(700);
    let health = grow(|tracker| {
        let mut child = tracker.child("child");
        child.set(TEXT, text.as_str());
        tracker.attach(child);
    });
    assert!(health.detached_children > 1_000, "{health:?}");
}

#[test]
fn memory_that_another_monitor_reuses_is_charged_to_it() {
    let ((first, _), (second, _)) = (monitor(), monitor());
    drop(first.monitor().root("job"));
    let before = first.monitor().health().open_bytes;
    assert!(before > 0);
    let tracker = second.monitor().root("job");
    assert_eq!(first.monitor().health().open_bytes, 0);
    assert_eq!(second.monitor().health().open_bytes, before);
    drop(tracker);
}
