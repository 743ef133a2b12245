//! Choice of the monitor in a process with several monitors.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use gomon_core::adapter::{ContextSource, Setup, add_context_source};
use gomon_core::{
    EventTracker, FutureExt, Id, Key, Monitor, Recorder, Running, Sampling, Tracker,
    TrackerContext, Value, current, global, suppressed, tracker,
};
use support::{PATIENCE, alone, assert_accounted};

fn build() -> (Running, Recorder) {
    let recorder = Recorder::new();
    let gomon = Monitor::builder()
        .health_interval(None)
        .listener(recorder.listener())
        .build()
        .unwrap();
    (gomon, recorder)
}

fn start() -> (Running, Recorder) {
    let recorder = Recorder::new();
    let gomon = Monitor::builder()
        .health_interval(None)
        .listener(recorder.listener())
        .start()
        .unwrap();
    (gomon, recorder)
}

fn monitor_of(tracker: &EventTracker) -> Option<Monitor> {
    tracker.context().map(|context| context.monitor())
}

/// Shuts `gomon` down and returns the fingerprints and parents of its events.
#[track_caller]
fn settled(gomon: &Running, recorder: &Recorder) -> Vec<(String, Option<Id>)> {
    let report = gomon.shutdown(PATIENCE);
    assert!(report.is_complete());
    assert_accounted(&report.health);
    assert_eq!(report.health.open, 0);
    let seen = |event: &gomon_core::OwnedEvent| {
        let event = event.as_event();
        (event.fingerprint().to_owned(), event.parent())
    };
    recorder.events().iter().skip(1).map(seen).collect()
}

fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("not ready"),
    }
}

fn children_of_every_kind(gomon: &Running) -> Vec<&'static str> {
    let mut root = gomon.monitor().root("root");
    let id = root.id();
    let mut foreign = Vec::new();
    let mut note = |kind, is_right: bool| {
        if !is_right {
            foreign.push(kind);
        }
    };
    let is_child = move || {
        let child = tracker("child");
        child.parent() == Some(id) && child.context().is_some()
    };
    root.scope(|| {
        note("scope", is_child());
        let lent = current(|_| is_child());
        note("lent", lent == Some(true));
        note("future", ready(async move { is_child() }.in_current()));
        let thread = gomon_core::thread::spawn(is_child).unwrap();
        note("thread", thread.join().unwrap());
        let mut step = tracker("step");
        let step_id = step.id();
        let below = step.scope(|| tracker("below").parent());
        note("below", below == Some(step_id));
    });
    let context = root.context().unwrap();
    let task = std::thread::Builder::new().spawn(move || {
        let in_scope = context.scope(is_child);
        (in_scope, tracker("outside").parent() == Some(id))
    });
    let (in_scope, outside) = task.unwrap().join().unwrap();
    note("ids only", in_scope);
    note("outside", !outside);
    note("tracked", ready(async move { is_child() }.tracked(root)));
    foreign
}

#[test]
fn tracker_below_a_local_monitor_is_its_child() {
    alone("tracker_below_a_local_monitor_is_its_child", || {
        let (gomon, recorder) = build();
        assert_eq!(children_of_every_kind(&gomon), Vec::<&str>::new());
        assert!(tracker("outside").is_noop());
        assert_eq!(settled(&gomon, &recorder).len(), 9);
    });
}

#[test]
fn tracker_below_a_local_monitor_is_not_in_the_global_one() {
    alone(
        "tracker_below_a_local_monitor_is_not_in_the_global_one",
        || {
            let (own, of_own) = build();
            let (process, of_process) = start();
            assert_eq!(children_of_every_kind(&own), Vec::<&str>::new());
            assert_eq!(children_of_every_kind(&process), Vec::<&str>::new());
            assert_eq!(settled(&own, &of_own).len(), 9);
            // Including the trackers opened without a current one.
            assert_eq!(settled(&process, &of_process).len(), 11);
        },
    );
}

#[test]
fn tracker_without_a_current_one_is_in_the_global_monitor() {
    alone(
        "tracker_without_a_current_one_is_in_the_global_monitor",
        || {
            let (own, _) = build();
            let (process, of_process) = start();
            let (mut outer, mut inner) =
                (process.monitor().root("outer"), own.monitor().root("inner"));
            let outer_id = outer.id();
            outer.scope(|| {
                inner.scope(|| {
                    assert_eq!(monitor_of(&tracker("step")), Some(own.monitor()));
                    // A named monitor is used, without a parent in another.
                    let named = global().tracker("named");
                    assert_eq!(monitor_of(&named), Some(global()));
                    assert_ne!(named.parent(), Some(outer_id));
                });
                assert_eq!(tracker("step").parent(), Some(outer_id));
            });
            drop((outer, tracker("root")));
            let seen = settled(&process, &of_process);
            assert_eq!(seen.last().unwrap().0, "root");
            assert_eq!(seen.len(), 4);
        },
    );
}

#[test]
fn trackers_below_a_disabled_monitor_are_empty() {
    alone("trackers_below_a_disabled_monitor_are_empty", || {
        let (own, _) = build();
        let (process, _) = start();
        let mut job = own.monitor().root("job");
        own.monitor().disable();
        assert!(job.scope(|| tracker("step").is_noop()));
        assert!(job.context().unwrap().scope(|| tracker("step").is_noop()));
        assert!(!tracker("root").is_noop());
        own.monitor().enable();
        process.monitor().disable();
        assert!(job.scope(|| monitor_of(&tracker("step"))) == Some(own.monitor()));
        assert!(job.scope(|| suppressed(|| tracker("step").is_noop())));
        assert!(tracker("root").is_noop());
        own.monitor().disable();
        assert!(job.scope(|| tracker("step").is_noop()));
        process.monitor().enable();
        assert!(!tracker("root").is_noop());
    });
}

#[test]
fn trackers_below_a_stopped_monitor_are_in_the_global_one() {
    alone(
        "trackers_below_a_stopped_monitor_are_in_the_global_one",
        || {
            let (own, _) = build();
            let mut job = own.monitor().root("job");
            let id = job.id();
            own.shutdown(PATIENCE);
            assert!(job.scope(|| tracker("step").is_noop()));
            let (process, of_process) = start();
            let setup = Setup::<Sampling>::new();
            job.scope(|| {
                assert_ne!(tracker("step").parent(), Some(id));
                assert_eq!(monitor_of(&tracker("step")), Some(process.monitor()));
                assert_eq!(
                    setup.monitor_under(job_context(id).as_ref()),
                    process.monitor()
                );
            });
            job.context().unwrap().scope(|| tracker("step").finish());
            assert_eq!(settled(&process, &of_process).len(), 3);
            assert!(job.scope(|| tracker("step").is_noop()));
            // A new global monitor.
            let (next, _) = start();
            assert_eq!(
                job.scope(|| monitor_of(&tracker("step"))),
                Some(next.monitor())
            );
        },
    );
}

fn job_context(id: Id) -> Option<TrackerContext> {
    TrackerContext::current().filter(|context| context.id() == id)
}

#[test]
fn monitors_toggled_by_many_threads_are_counted_exactly() {
    alone(
        "monitors_toggled_by_many_threads_are_counted_exactly",
        || {
            let mut kept = Vec::new();
            for _ in 0..8 {
                let (gomon, _) = build();
                let mut job = gomon.monitor().root("job");
                let monitor = gomon.monitor();
                std::thread::scope(|scope| {
                    for _ in 0..4 {
                        scope.spawn(|| {
                            for _ in 0..500 {
                                monitor.toggle();
                                monitor.disable();
                                monitor.enable();
                            }
                        });
                    }
                });
                monitor.disable();
                assert!(job.scope(|| tracker("step").is_noop()));
                monitor.enable();
                assert!(!job.scope(|| tracker("step").is_noop()));
                // Disabling twice counts once.
                let (other, _) = build();
                monitor.disable();
                monitor.disable();
                assert!(
                    !other
                        .monitor()
                        .root("job")
                        .scope(|| tracker("step").is_noop())
                );
                kept.push((gomon, job));
            }
            let (gomon, job) = kept.first_mut().unwrap();
            gomon.monitor().enable();
            assert!(!job.scope(|| tracker("step").is_noop()));
            let (_, other) = kept.last_mut().unwrap();
            assert!(other.scope(|| tracker("step").is_noop()));
        },
    );
}

#[test]
fn adapter_opens_in_the_monitor_of_its_setup() {
    alone("adapter_opens_in_the_monitor_of_its_setup", || {
        let (own, _) = build();
        let (pin, _) = build();
        let free = Setup::<Sampling>::new();
        let pinned = Setup::<Sampling>::new().with_monitor(pin.monitor());
        let (mut of_own, mut of_pin) = (own.monitor().root("job"), pin.monitor().root("job"));
        let (own_id, pin_id) = (of_own.id(), of_pin.id());
        let connection = of_own.context().unwrap();
        assert!(free.tracker("root").is_noop() && free.monitor_under(None).is_noop());
        // A parent need not be current.
        assert_eq!(free.monitor_under(Some(&connection)), own.monitor());
        assert_eq!(pinned.monitor_under(Some(&connection)), pin.monitor());
        let (process, _) = start();
        let placed = |setup: &Setup<Sampling>| {
            let tracker = setup.tracker("step");
            assert_eq!(monitor_of(&tracker), Some(setup.monitor_under(None)));
            (setup.monitor_under(None), tracker.parent())
        };
        let is_root = |(monitor, parent): (Monitor, Option<Id>), of: &Running| {
            monitor == of.monitor() && ![Some(own_id), Some(pin_id)].contains(&parent)
        };
        assert!(is_root(placed(&free), &process) && is_root(placed(&pinned), &pin));
        assert_eq!(free.monitor_under(Some(&connection)), own.monitor());
        of_own.scope(|| {
            assert_eq!(placed(&free), (own.monitor(), Some(own_id)));
            assert!(is_root(placed(&pinned), &pin));
            // A tracker that begins a trace uses the global monitor.
            assert_eq!(free.monitor(), process.monitor());
        });
        of_pin.scope(|| {
            assert_eq!(placed(&free), (pin.monitor(), Some(pin_id)));
            assert_eq!(placed(&pinned), (pin.monitor(), Some(pin_id)));
            assert_eq!(free.monitor_under(Some(&connection)), pin.monitor());
        });
        for gomon in [&own, &pin, &process] {
            gomon.monitor().disable();
        }
        assert!(free.monitor_under(Some(&connection)) == process.monitor());
        assert!(free.tracker("step").is_noop());
    });
}

/// The context source of a framework that cannot wrap its handlers.
struct Framework {
    context: Mutex<Option<TrackerContext>>,
}

static FRAMEWORK: Framework = Framework {
    context: Mutex::new(None),
};
static IS_ASKED: AtomicBool = AtomicBool::new(false);

impl ContextSource for Framework {
    fn context(&self) -> Option<TrackerContext> {
        IS_ASKED.store(true, Relaxed);
        let context = self.context.lock();
        context.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn lend(&self, _: &mut dyn FnMut(&mut dyn Tracker)) -> bool {
        false
    }
}

#[test]
fn tracker_of_a_context_source_is_current_in_its_monitor() {
    alone(
        "tracker_of_a_context_source_is_current_in_its_monitor",
        || {
            let (own, _) = build();
            let (process, _) = start();
            assert!(add_context_source(&FRAMEWORK));
            let job = own.monitor().root("job");
            *FRAMEWORK.context.lock().unwrap() = job.context();
            let setup = Setup::<Sampling>::new();
            assert_eq!(tracker("step").parent(), Some(job.id()));
            assert_eq!(setup.tracker("step").parent(), Some(job.id()));
            assert_eq!(setup.monitor_under(None), own.monitor());
            let named = process.monitor().tracker("named");
            assert_ne!(named.parent(), Some(job.id()));
            own.shutdown(PATIENCE);
            assert_eq!(monitor_of(&tracker("step")), Some(process.monitor()));
            process.monitor().disable();
            IS_ASKED.store(false, Relaxed);
            assert!(tracker("step").is_noop() && setup.tracker("step").is_noop());
            assert!(
                !IS_ASKED.load(Relaxed),
                "nothing is looked for where nothing is enabled"
            );
        },
    );
}

#[test]
fn thread_that_alternates_between_monitors_loses_no_events() {
    const NUMBER: Key<'static> = Key::new("number");
    const TEXT: Key<'static> = Key::new("text");
    let monitors = [build(), build()];
    let text = "x".repeat(10_000);
    for number in 0..1_000_u64 {
        for (gomon, _) in &monitors {
            let mut job = gomon.monitor().root("job");
            job.set(NUMBER, number);
            if number % 7 == 0 {
                job.set(TEXT, Value::long(&text));
            }
            drop(job);
            // The buffers have room for all events until then.
            if number % 250 == 0 {
                assert!(gomon.monitor().flush(PATIENCE).is_complete());
            }
        }
    }
    for (gomon, recorder) in &monitors {
        assert_eq!(settled(gomon, recorder).len(), 1_000);
        let events = recorder.events();
        let numbers = events.iter().skip(1);
        let numbers = numbers.map(|event| event.as_event().get("number").unwrap().as_u64());
        assert!(numbers.eq((0..1_000).map(Some)), "in order");
    }
    // Another monitor makes the thread return the buffers of those that ended.
    build().0.monitor().root("job").finish();
    for (gomon, _) in &monitors {
        assert_eq!(gomon.monitor().health().bytes_held, 0);
    }
}
