//! Inherited monitors in a forked process.
#![cfg(unix)]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::time::{Duration, Instant};

use fork::{Fork, fork};
use gomon_core::{Monitor, Recorder, global, tracker};
use support::{PATIENCE, alone, assert_accounted, count};

/// Uses the inherited monitor in every way, then starts a new one.
fn child(gomon: gomon_core::Running, inherited: &Recorder, open: gomon_core::EventTracker) -> bool {
    let seen = inherited.events().len();
    open.finish();
    for _ in 0..100 {
        tracker("child").finish();
    }
    let parents_next = tracker("child").id();
    let is_quiet = gomon.monitor().flush(PATIENCE).is_complete()
        && gomon.monitor().health().produced == 0
        && gomon
            .monitor()
            .add_listener(Recorder::new().listener())
            .is_err()
        && gomon.shutdown(PATIENCE).is_complete();
    drop(gomon);
    let recorder = Recorder::new();
    let Ok(own) = Monitor::builder()
        .app_id("child")
        .listener(recorder.listener())
        .start()
    else {
        return false;
    };
    let tracker = tracker("own");
    let is_fresh = tracker.id() != parents_next && global().app_id() == "child";
    tracker.finish();
    let is_complete = own.shutdown(PATIENCE).is_complete();
    is_quiet
        && is_fresh
        && is_complete
        && recorder.events().len() == 3
        && inherited.events().len() == seen
}

#[test]
fn child_process_discards_inherited_events_and_may_start_a_monitor() {
    alone(
        "child_process_discards_inherited_events_and_may_start_a_monitor",
        || {
            for _ in 0..count(20, 200) {
                let recorder = Recorder::new();
                let gomon = Monitor::builder()
                    .app_id("parent")
                    .listener(recorder.listener())
                    .start()
                    .unwrap();
                (0..1_000).for_each(|_| tracker("parent").finish());
                let open = tracker("open");
                // The child must not inherit a locked recorder.
                gomon.monitor().flush(PATIENCE);
                let begin = Instant::now();
                match fork().unwrap() {
                    Fork::Child => {
                        let is_right = child(gomon, &recorder, open);
                        std::process::exit(if is_right { 0 } else { 7 });
                    }
                    Fork::Parent(child) => {
                        let status = fork::waitpid(child).unwrap();
                        assert_eq!(status, 0);
                        assert!(begin.elapsed() < Duration::from_secs(10));
                    }
                }
                open.finish();
                let health = gomon.shutdown(PATIENCE).health;
                assert_accounted(&health);
                assert_eq!((health.open, health.listeners[0].dropped.total()), (0, 0));
                let parents = recorder
                    .events()
                    .iter()
                    .filter(|event| event.as_event().fingerprint() == "parent")
                    .count();
                assert_eq!(parents, 1_000);
            }
        },
    );
}

/// A scope that a fork inherits has no children in the monitors of the child.
#[test]
fn tracker_in_an_inherited_scope_is_a_root_of_the_new_monitor() {
    alone(
        "tracker_in_an_inherited_scope_is_a_root_of_the_new_monitor",
        || {
            let inherited = [
                Monitor::builder().health_interval(None).start().unwrap(),
                Monitor::builder().health_interval(None).build().unwrap(),
            ];
            for gomon in &inherited {
                let mut job = gomon.monitor().root("job");
                let id = job.id();
                let is_right = job.scope(|| match fork().unwrap() {
                    Fork::Child => {
                        let is_right = opens_roots(id);
                        std::process::exit(if is_right { 0 } else { 7 });
                    }
                    Fork::Parent(child) => fork::waitpid(child).unwrap() == 0,
                });
                assert!(is_right);
                // The parent process is not affected.
                assert_eq!(job.scope(|| tracker("step").parent()), Some(id));
            }
        },
    );
}

fn opens_roots(inherited: gomon_core::Id) -> bool {
    let recorder = Recorder::new();
    let Ok(own) = Monitor::builder()
        .health_interval(None)
        .listener(recorder.listener())
        .start()
    else {
        return false;
    };
    let root = tracker("own");
    let is_root = root.parent() != Some(inherited) && !root.is_noop();
    root.finish();
    own.monitor().disable();
    let is_off = tracker("none").is_noop();
    own.monitor().enable();
    let is_complete = own.shutdown(PATIENCE).is_complete();
    is_root && is_off && is_complete && recorder.events().len() == 2
}
