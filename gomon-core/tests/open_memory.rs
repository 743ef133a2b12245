//! Byte budget of open trackers.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use gomon_core::{Error, EventTracker, Key, Monitor, Recorder, Running, Sampling, tracker};
use support::{PATIENCE, assert_accounted};

/// The minimum.
const BUDGET: usize = 1024 * 1024;
const TEXT: Key<'static> = Key::new("text");

fn monitor(sampling: Sampling) -> (Running, Recorder) {
    let recorder = Recorder::new();
    let gomon = Monitor::builder()
        .health_interval(None)
        .open_memory(BUDGET)
        .config(sampling)
        .listener(recorder.listener())
        .build()
        .unwrap();
    (gomon, recorder)
}

#[test]
fn trackers_beyond_the_budget_are_not_recorded_and_counted() {
    let (gomon, recorder) = monitor(Sampling::default());
    let monitor = gomon.monitor();
    let open: Vec<_> = (0..10_000).map(|_| monitor.root("job")).collect();
    let recorded = open.iter().filter(|tracker| tracker.is_recording()).count();
    let taken = open.iter().filter(|tracker| !tracker.is_noop()).count();
    assert!((800..1_500).contains(&recorded), "{recorded}");
    assert!(taken > recorded + 300, "{taken}");
    let health = monitor.health();
    assert_eq!(health.open, taken as u64);
    assert!(health.open_bytes <= BUDGET && health.open_bytes > BUDGET / 4 * 3);
    drop(open);
    assert!(monitor.health().open_bytes < 64 * 1024, "a pool remains");
    assert!(monitor.root("job").is_recording());
    let report = gomon.shutdown(PATIENCE);
    let health = &report.health;
    assert_accounted(health);
    assert_eq!(health.produced, 10_002);
    let dropped = health.listeners[0].dropped;
    assert_eq!(dropped.open_budget, 10_000 - recorded as u64);
    assert_eq!(recorder.events().len(), recorded + 2);
    assert_eq!(health.open, 0);
}

#[test]
fn unsampled_trackers_beyond_the_budget_are_not_lost() {
    let (gomon, recorder) = monitor(Sampling::default().with_rate(0.0));
    let open: Vec<_> = (0..1_400).map(|_| gomon.monitor().root("job")).collect();
    assert!(open.iter().all(|tracker| !tracker.is_noop()));
    drop(open);
    let health = gomon.shutdown(PATIENCE).health;
    assert_eq!((health.produced, recorder.events().len()), (1, 1));
    assert_eq!(health.listeners[0].dropped.open_budget, 0);
}

#[test]
fn tracker_beyond_the_budget_is_the_parent_of_its_children() {
    let (gomon, recorder) = monitor(Sampling::default());
    let monitor = gomon.monitor();
    let mut job = monitor.root("job");
    let mut open = Vec::new();
    let mut request = loop {
        let tracker = job.child("request");
        if !tracker.is_recording() {
            break tracker;
        }
        open.push(tracker);
    };
    let (id, trace) = (request.id(), request.trace());
    let mut attached = request.child("attached");
    attached.set(TEXT, "x");
    request.set(TEXT, "x");
    request.add_error(&Error::listener("x"));
    request.attach(attached);
    drop(open);
    job.scope(|| request.scope(|| tracker("statement").finish()));
    drop((request, job));
    assert_accounted(&gomon.shutdown(PATIENCE).health);
    let events = recorder.events();
    let of = |name: &str| {
        let mut events = events.iter().map(|event| event.as_event());
        events.find(|event| event.fingerprint() == name)
    };
    let statement = of("statement").unwrap();
    assert_eq!((statement.parent(), statement.trace()), (Some(id), trace));
    assert!(of("attached").is_none(), "there was no memory for it");
    let ids: Vec<_> = events.iter().map(|event| event.as_event().id()).collect();
    assert!(!ids.contains(&id));
}

/// Opens trackers, lets each grow, and checks the budget.
fn grow(mut each: impl FnMut(&mut EventTracker)) -> gomon_core::Health {
    let (gomon, recorder) = monitor(Sampling::default());
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
    let sampling = Sampling::default;
    let ((first, _), (second, _)) = (monitor(sampling()), monitor(sampling()));
    drop(first.monitor().root("job"));
    let before = first.monitor().health().open_bytes;
    assert!(before > 0);
    let tracker = second.monitor().root("job");
    assert_eq!(first.monitor().health().open_bytes, 0);
    assert_eq!(second.monitor().health().open_bytes, before);
    drop(tracker);
}
