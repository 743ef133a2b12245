//! Outcomes of trackers. Each tracker ends exactly once.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::time::Duration;

use gomon_core::adapter::TrackerExt;
use gomon_core::{
    EventTracker, FutureExt, Monitor, Outcome, OwnedEvent, Recorder, Running, Sampling, suppressed,
};
use support::{PATIENCE, PLANNED, assert_accounted, hide_planned_panics};

fn with_recorder() -> (Running, Recorder) {
    let recorder = Recorder::new();
    let gomon = Monitor::builder()
        .health_interval(None)
        .listener(recorder.listener())
        .build()
        .unwrap();
    (gomon, recorder)
}

/// Shuts `gomon` down and returns all events; asserts that none is missing or open.
#[track_caller]
fn settled(gomon: &Running, recorder: &Recorder) -> Vec<OwnedEvent> {
    let report = gomon.shutdown(PATIENCE);
    assert!(report.is_complete());
    assert_accounted(&report.health);
    assert_eq!(report.health.open, 0, "{:#?}", report.health);
    recorder.events().split_off(1)
}

fn fingerprints(events: &[OwnedEvent]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event.as_event().fingerprint())
        .collect()
}

fn unwound(f: impl FnOnce()) {
    hide_planned_panics();
    let run = AssertUnwindSafe(|| {
        f();
    });
    assert!(catch_unwind(run).is_err());
}

#[track_caller]
fn outcomes(open: impl FnOnce(&Running)) -> Vec<(String, Outcome)> {
    let (gomon, recorder) = with_recorder();
    open(&gomon);
    let of = |event: &OwnedEvent| {
        let event = event.as_event();
        (event.fingerprint().to_owned(), event.outcome())
    };
    settled(&gomon, &recorder).iter().map(of).collect()
}

#[track_caller]
fn assert_outcomes(expected: &[(&str, Outcome)], open: impl FnOnce(&Running)) {
    let outcomes = outcomes(open);
    let outcomes: Vec<_> = (outcomes.iter().map(|(name, how)| (name.as_str(), *how))).collect();
    assert_eq!(outcomes, expected);
}

#[test]
fn unwound_tracker_ends_as_panic() {
    assert_outcomes(
        &[
            ("child", Outcome::Panic),
            ("failed", Outcome::Panic),
            ("root", Outcome::Panic),
        ],
        |gomon| {
            unwound(|| {
                let root = gomon.monitor().root("root");
                let mut failed = root.child("failed");
                failed.add_error_text("broken", None);
                let _child = root.child("child");
                panic_any(PLANNED);
            });
        },
    );
}

#[test]
fn tracker_of_a_panic_without_a_hook_ends_as_panic() {
    assert_outcomes(&[("root", Outcome::Panic)], |gomon| {
        let run = AssertUnwindSafe(|| {
            let _root = gomon.monitor().root("root");
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(catch_unwind(run).is_err());
    });
}

/// Runs a closure when it is dropped.
struct AtDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for AtDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn finish_by_a_destructor_of_an_unwound_frame_is_a_panic() {
    assert_outcomes(
        &[
            ("rows", Outcome::Panic),
            ("query", Outcome::Panic),
            ("job", Outcome::Panic),
        ],
        |gomon| {
            let mut job = gomon.monitor().root("job");
            let mut query = gomon.monitor().root("query");
            let mut rows = query.child("rows");
            unwound(|| {
                let _guard = AtDrop(|| {
                    std::mem::take(&mut query).finish_with(std::mem::take(&mut rows));
                    std::mem::take(&mut job).finish();
                });
                panic_any(PLANNED);
            });
        },
    );
}

#[test]
fn tracker_opened_by_a_destructor_during_unwinding_keeps_its_outcome() {
    let cleanup = |gomon: &Running| {
        let mut cleanup = gomon.monitor().root("cleanup");
        cleanup.scope(|| gomon.monitor().tracker("step").finish());
        drop(cleanup.child("dropped"));
        let mut failed = gomon.monitor().root("failed");
        failed.add_error_text("the disk is full", None);
        drop(std::future::pending::<()>().tracked(gomon.monitor().root("given up")));
    };
    assert_outcomes(
        &[
            ("step", Outcome::Ok),
            ("dropped", Outcome::Ok),
            ("given up", Outcome::Cancelled),
            ("failed", Outcome::Error),
            ("cleanup", Outcome::Ok),
        ],
        |gomon| {
            unwound(|| {
                let _guard = AtDrop(|| cleanup(gomon));
                panic_any(PLANNED);
            });
        },
    );
}

#[test]
fn tracker_completed_before_the_panic_keeps_its_outcome() {
    assert_outcomes(
        &[
            ("plain", Outcome::Ok),
            ("body", Outcome::Ok),
            ("failed", Outcome::Error),
        ],
        |gomon| {
            unwound(|| {
                let mut failed = gomon.monitor().root("failed");
                failed.set_outcome(Outcome::Cancelled);
                failed.add_error_text("broken", None);
                failed.complete();
                let mut body = gomon.monitor().root("body");
                body.set_outcome(Outcome::Cancelled);
                body.complete();
                let mut plain = gomon.monitor().root("plain");
                plain.complete();
                panic_any(PLANNED);
            });
        },
    );
}

#[test]
fn reused_body_of_a_complete_tracker_can_end_as_panic() {
    assert_outcomes(
        &[("complete", Outcome::Ok), ("next", Outcome::Panic)],
        |gomon| {
            let mut complete = gomon.monitor().root("complete");
            complete.complete();
            complete.finish();
            // Reuses the body of the tracker before.
            unwound(|| {
                let _next = gomon.monitor().root("next");
                panic_any(PLANNED);
            });
        },
    );
}

#[test]
fn caught_panic_does_not_change_the_outcome() {
    assert_outcomes(&[("job", Outcome::Ok), ("next", Outcome::Ok)], |gomon| {
        let job = gomon.monitor().root("job");
        unwound(|| panic_any(PLANNED));
        job.finish();
        gomon.monitor().root("next").finish();
    });
}

#[test]
fn future_unwound_by_another_panic_ends_as_panic() {
    assert_outcomes(&[("future", Outcome::Panic)], |gomon| {
        unwound(|| {
            let _future = std::future::pending::<()>().tracked(gomon.monitor().root("future"));
            panic_any(PLANNED);
        });
    });
}

#[test]
fn child_attached_during_unwinding_ends_as_panic() {
    let (gomon, recorder) = with_recorder();
    let mut root = gomon.monitor().root("root");
    unwound(|| {
        let mut step = root.child("step");
        let _guard = AtDrop(|| root.attach(std::mem::take(&mut step)));
        panic_any(PLANNED);
    });
    root.finish();
    let events = settled(&gomon, &recorder);
    let root = events[0].as_event();
    assert_eq!(root.outcome(), Outcome::Ok);
    let steps: Vec<_> = (root.children().unwrap().iter())
        .map(|step| step.outcome())
        .collect();
    assert_eq!(steps, [Outcome::Panic]);
}

#[test]
fn child_attached_to_an_empty_tracker_is_delivered_separately() {
    let (gomon, recorder) = with_recorder();
    EventTracker::noop().attach(gomon.monitor().root("child"));
    let mut grandparent = gomon.monitor().root("grandparent");
    let mut child = grandparent.child("nested");
    let mut empty = EventTracker::noop();
    let leaf = child.child("leaf");
    child.attach(leaf);
    empty.attach(child);
    grandparent.attach(empty);
    grandparent.finish();
    // An empty child is not delivered.
    EventTracker::noop().attach(EventTracker::noop());
    let events = settled(&gomon, &recorder);
    assert_eq!(fingerprints(&events), ["child", "nested", "grandparent"]);
    assert_eq!(events[1].as_event().children().unwrap().iter().count(), 1);
    assert_eq!(gomon.monitor().health().detached_children, 2);
}

#[test]
fn child_attached_under_suppression_is_delivered_separately() {
    let (gomon, recorder) = with_recorder();
    let mut off = suppressed(|| gomon.monitor().root("none"));
    assert!(off.is_noop());
    off.attach(gomon.monitor().root("of a suppressed one"));
    let child = gomon.monitor().root("of a disabled one");
    gomon.monitor().disable();
    let mut off = gomon.monitor().root("none");
    off.attach(child);
    gomon.monitor().enable();
    let mut parent = gomon.monitor().root("parent");
    let child = parent.child("child");
    suppressed(|| parent.attach(child));
    parent.finish();
    let events = settled(&gomon, &recorder);
    assert_eq!(
        fingerprints(&events),
        ["of a suppressed one", "of a disabled one", "parent"]
    );
    assert_eq!(gomon.monitor().health().detached_children, 2);
}

#[test]
fn child_attached_to_an_unsampled_tracker_is_delivered_separately() {
    let (gomon, recorder) = with_recorder();
    let recorded = gomon.monitor().root("recorded");
    gomon
        .monitor()
        .set_config(Sampling::default().with_rate(0.0));
    let mut unsampled = gomon.monitor().root("unsampled");
    let silent = unsampled.child("silent");
    assert!(!unsampled.is_recording() && !silent.is_recording());
    let mut parent = recorded.child("parent");
    parent.attach(silent);
    unsampled.attach(recorded);
    drop((parent, unsampled));
    let events = settled(&gomon, &recorder);
    assert_eq!(fingerprints(&events), ["recorded", "parent"]);
    assert_eq!(gomon.monitor().health().detached_children, 1);
}

#[test]
fn child_attached_in_another_monitor_is_delivered_by_its_own() {
    let (one, first) = with_recorder();
    let (two, second) = with_recorder();
    let mut parent = one.monitor().root("parent");
    parent.attach(two.monitor().root("child"));
    parent.finish();
    assert_eq!(fingerprints(&settled(&one, &first)), ["parent"]);
    assert_eq!(fingerprints(&settled(&two, &second)), ["child"]);
    let detached = |gomon: &Running| gomon.monitor().health().detached_children;
    assert_eq!((detached(&one), detached(&two)), (0, 1));
}

#[test]
fn child_attached_after_shutdown_is_counted() {
    let (gomon, recorder) = with_recorder();
    let mut parent = gomon.monitor().root("parent");
    let (inside, alone) = (parent.child("inside"), parent.child("alone"));
    assert!(gomon.shutdown(Duration::from_secs(60)).is_complete());
    parent.attach(inside);
    EventTracker::noop().attach(alone);
    parent.finish();
    let health = gomon.monitor().health();
    assert_accounted(&health);
    assert_eq!(health.open, 0, "{health:#?}");
    assert_eq!(health.listeners[0].dropped.after_shutdown, 2);
    assert_eq!(recorder.events().len(), 1);
}

#[test]
fn child_too_deep_is_delivered_separately() {
    let (gomon, recorder) = with_recorder();
    let mut chain = vec![gomon.monitor().root("root")];
    (0..20).for_each(|at: usize| chain.push(chain[at].child("nested")));
    while let Some(child) = chain.pop() {
        match chain.last_mut() {
            Some(parent) => parent.attach(child),
            None => child.finish(),
        }
    }
    let events = settled(&gomon, &recorder);
    assert_eq!(
        gomon.monitor().health().detached_children,
        events.len() as u64 - 1
    );
    assert!(events.len() > 1);
}
