//! Parents of events across tasks, threads, panics and cancellations.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use gomon_core::adapter::current_id;
use gomon_core::{
    EventTracker, FutureExt, Id, Monitor, Outcome, TrackerContext, current, is_suppressed,
    suppressed,
};
use gomon_test::TestMonitor;
use support::{PATIENCE, PLANNED, count, hide_planned_panics};

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Xorshift generator: tasks differ from each other, runs of the test do not.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

/// Returns whether `id` is the current tracker.
fn is_current(monitor: Monitor, id: Id) -> bool {
    let child = monitor.tracker("step");
    current_id() == id
        && current(|tracker| tracker.id()) == Some(id)
        && TrackerContext::current().map(|context| context.id()) == Some(id)
        && child.parent() == Some(id)
}

async fn request(monitor: Monitor, id: Id, mut dice: Dice, foreign: Arc<Mutex<Vec<&'static str>>>) {
    let note = |place, is_right: bool| {
        if !is_right {
            foreign.lock().unwrap().push(place);
        }
    };
    for _ in 0..4 {
        note("before", is_current(monitor, id));
        match dice.below(6) {
            0 => tokio::task::yield_now().await,
            1 => tokio::time::sleep(Duration::from_millis(dice.below(3))).await,
            2 => {
                let step = |name| {
                    let tracker = monitor.tracker(name);
                    let step = tracker.id();
                    async move {
                        tokio::task::yield_now().await;
                        is_current(monitor, step)
                    }
                    .tracked(tracker)
                };
                let (left, right) = tokio::join!(step("left"), step("right"));
                note("join", left && right);
            }
            3 => {
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(1)) => {}
                    () = std::future::pending::<()>().tracked(monitor.tracker("lost")) => {}
                }
            }
            4 => {
                let task = tokio::spawn(
                    async move {
                        tokio::task::yield_now().await;
                        let child = monitor.tracker("background");
                        current(|_| ()).is_none() && child.parent() == Some(id)
                    }
                    .in_current(),
                );
                note("spawn", task.await.unwrap());
            }
            _ => {
                let task = tokio::spawn(async move { monitor.tracker("alone").parent() });
                note("spawn without", task.await.unwrap() != Some(id));
            }
        }
        note("after", is_current(monitor, id));
    }
}

#[test]
fn ten_thousand_tasks_have_no_foreign_parents() {
    let foreign = Arc::new(Mutex::new(Vec::new()));
    for workers in [1, 2, 8] {
        let gomon = Monitor::builder().health_interval(None).build().unwrap();
        let monitor = gomon.monitor();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(workers)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let tasks: Vec<_> = (0..count(1_000, 10_000) as u64)
                .map(|seed| {
                    let tracker = monitor.root("request");
                    let dice = Dice(seed + 1);
                    tokio::spawn(
                        request(monitor, tracker.id(), dice, Arc::clone(&foreign)).tracked(tracker),
                    )
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
        drop(runtime);
        let health = gomon.shutdown(PATIENCE).health;
        assert_eq!(health.open, 0);
    }
    assert_eq!(*foreign.lock().unwrap(), Vec::<&str>::new());
}

#[test]
fn panicking_future_is_recorded_and_restores_the_stack() {
    hide_planned_panics();
    let (gomon, recorder) = TestMonitor::new().into_parts();
    let monitor = gomon.monitor();
    let mut outer = monitor.root("outer");
    let id = outer.id();
    outer.scope(|| {
        let future = async { std::panic::panic_any(PLANNED) }.tracked(monitor.tracker("inner"));
        let mut future = Box::pin(future);
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| poll_once(future.as_mut())));
        assert!(polled.is_err());
        assert!(is_current(monitor, id));
    });
    outer.finish();
    let events = recorder.wait_for(3);
    let outcome = |fingerprint| {
        let event = events
            .iter()
            .find(|event| event.as_event().fingerprint() == fingerprint);
        event.unwrap().as_event().outcome()
    };
    assert_eq!(
        (outcome("inner"), outcome("outer")),
        (Outcome::Panic, Outcome::Ok)
    );
}

#[test]
fn future_dropped_during_another_poll_keeps_its_own_scope() {
    struct Ending(Monitor, Arc<Mutex<Option<Id>>>);

    impl Drop for Ending {
        fn drop(&mut self) {
            *self.1.lock().unwrap() = self.0.tracker("ending").parent();
        }
    }

    let (gomon, recorder) = TestMonitor::new().into_parts();
    let monitor = gomon.monitor();
    let parent = Arc::new(Mutex::new(None));
    let (one, two) = (monitor.root("one"), monitor.root("two"));
    let (first, second) = (one.id(), two.id());
    let ending = Ending(monitor, Arc::clone(&parent));
    let mut dropped = Box::pin(
        async move {
            let _ending = ending;
            std::future::pending::<()>().await;
        }
        .tracked(one),
    );
    assert!(poll_once(dropped.as_mut()).is_pending());
    let mut other = pin!(
        async move {
            drop(dropped);
            is_current(monitor, second)
        }
        .tracked(two)
    );
    assert_eq!(poll_once(other.as_mut()), Poll::Ready(true));
    assert_eq!(*parent.lock().unwrap(), Some(first));
    let events = recorder.wait_for(4);
    let event = events
        .iter()
        .find(|event| event.as_event().id() == first)
        .unwrap();
    assert_eq!(event.as_event().outcome(), Outcome::Cancelled);
}

#[test]
fn lent_tracker_is_not_lent_again() {
    let (gomon, _) = TestMonitor::new().into_parts();
    let monitor = gomon.monitor();
    let mut tracker = monitor.root("job");
    let id = tracker.id();
    tracker.scope(|| {
        let nested = current(|tracker| {
            assert!(current(|_| ()).is_none());
            // Trackers opened meanwhile still find their parent.
            assert_eq!(monitor.tracker("step").parent(), Some(id));
            tracker.id()
        });
        assert_eq!(nested, Some(id));
        assert!(is_current(monitor, id));
    });
    assert_eq!(gomon.monitor().health().orphans, 1);
    assert_eq!(tracker.id(), id);
}

#[test]
fn lent_tracker_returns_after_a_panic() {
    hide_planned_panics();
    let (gomon, _) = TestMonitor::new().into_parts();
    let monitor = gomon.monitor();
    let mut tracker = monitor.root("job");
    let id = tracker.id();
    tracker.scope(|| {
        let lent = std::panic::catch_unwind(|| current(|_| std::panic::panic_any(PLANNED)));
        assert!(lent.is_err());
        assert!(is_current(monitor, id));
    });
}

#[test]
fn spawned_thread_has_a_parent() {
    let (gomon, _) = TestMonitor::new().into_parts();
    let monitor = gomon.monitor();
    let mut tracker = monitor.root("job");
    let id = tracker.id();
    let thread =
        tracker.scope(|| gomon_core::thread::spawn(move || monitor.tracker("step").parent()));
    assert_eq!(thread.unwrap().join().unwrap(), Some(id));
}

#[test]
fn monitors_are_independent() {
    let (one, _) = TestMonitor::new().into_parts();
    let (two, _) = TestMonitor::new().into_parts();
    let mut tracker = one.monitor().root("job");
    let id = tracker.id();
    tracker.scope(|| {
        let foreign = two.monitor().tracker("job");
        assert_ne!(foreign.parent(), Some(id));
        assert_ne!(foreign.trace(), one.monitor().tracker("step").trace());
    });
}

#[test]
fn suppression_covers_only_its_scope() {
    let (gomon, recorder) = TestMonitor::new().into_parts();
    let monitor = gomon.monitor();
    suppressed(|| {
        assert!(is_suppressed() && !monitor.is_enabled());
        assert!(monitor.root("job").is_noop() && monitor.tracker("job").is_noop());
        suppressed(|| ());
        assert!(is_suppressed());
    });
    let mut turn = 0;
    let mut export = pin!(
        std::future::poll_fn(move |_| {
            turn += 1;
            assert!(is_suppressed());
            monitor.root("export").finish();
            if turn == 2 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .suppressed()
    );
    assert!(poll_once(export.as_mut()).is_pending());
    assert!(!is_suppressed());
    monitor.root("beside").finish();
    assert!(poll_once(export.as_mut()).is_ready());
    let panicked =
        std::panic::catch_unwind(|| suppressed(|| std::panic::resume_unwind(Box::new(()))));
    assert!(panicked.is_err() && !is_suppressed());
    gomon.shutdown(PATIENCE);
    let events = recorder.events();
    assert_eq!(events.len(), 2);
    assert_eq!(events[1].as_event().fingerprint(), "beside");
}

#[test]
fn child_opened_while_disabled_is_empty() {
    let (gomon, recorder) = TestMonitor::new().into_parts();
    let mut open = gomon.monitor().root("open");
    gomon.monitor().disable();
    assert!(gomon.monitor().root("job").is_noop() && open.child("step").is_noop());
    open.scope(|| assert!(gomon.monitor().tracker("step").is_noop()));
    open.finish();
    assert!(gomon.monitor().toggle());
    gomon.monitor().root("again").finish();
    assert!(!gomon.monitor().toggle());
    gomon.shutdown(PATIENCE);
    let events = recorder.events();
    let seen: Vec<_> = events
        .iter()
        .map(|event| event.as_event().fingerprint())
        .collect();
    assert_eq!(seen, ["application", "open", "again"]);
}

#[test]
fn unsampled_tracker_propagates_its_context() {
    let builder = Monitor::builder()
        .health_interval(None)
        .config(gomon_core::Sampling::default().with_rate(0.0));
    let (gomon, recorder) = TestMonitor::from_builder(builder).into_parts();
    let mut root = gomon.monitor().root("job");
    assert!(!root.is_noop() && !root.is_recording());
    let trace = root.trace();
    root.scope(|| {
        let step = gomon.monitor().tracker("step");
        assert!(!step.is_recording());
        assert_eq!(step.trace(), trace);
        let context = TrackerContext::current().unwrap();
        assert_eq!(
            context.traceparent().flags & gomon_core::TraceParent::SAMPLED,
            0
        );
    });
    let child = root.child("attached");
    root.attach(child);
    root.finish();
    gomon.monitor().set_config(gomon_core::Sampling::default());
    gomon.monitor().root("kept").finish();
    let health = gomon.shutdown(PATIENCE).health;
    assert_eq!((health.produced, health.open), (2, 0));
    assert_eq!(recorder.events()[1].as_event().fingerprint(), "kept");
}

/// A type with a misbehaving `Display`.
struct Hostile(&'static str, Monitor);

impl std::fmt::Display for Hostile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            "panics" => std::panic::panic_any(PLANNED),
            "fails" => f.write_str("half").and(Err(std::fmt::Error)),
            "never ends" => loop {
                f.write_str("again and ")?;
            },
            _ => {
                // While it is formatted, its tracker is lent.
                assert!(current(|tracker| tracker.add_error(&Hostile("panics", self.1))).is_none());
                self.1.tracker("inside").scope(|| f.write_str("tracked"))
            }
        }
    }
}

impl std::fmt::Debug for Hostile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Hostile {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // An endless chain of causes.
        Some(self)
    }
}

#[test]
fn errors_with_a_hostile_display_are_recorded() {
    hide_planned_panics();
    let (gomon, recorder) = TestMonitor::new().into_parts();
    let monitor = gomon.monitor();
    let mut tracker: EventTracker = monitor.root("job");
    tracker.scope(|| {
        for conduct in ["panics", "fails", "never ends", "recurses"] {
            current(|tracker| tracker.add_error(&Hostile(conduct, monitor))).unwrap();
        }
    });
    tracker.finish();
    gomon.shutdown(PATIENCE);
    let events = recorder.events();
    let job = events.last().unwrap();
    let json = job.to_json();
    assert_eq!(job.as_event().outcome(), Outcome::Error);
    assert!(
        json.contains("<panicked>") && json.contains("half") && json.contains("again and "),
        "{json}"
    );
    assert!(
        json.contains("tracked") && json.len() < 64 * 1024,
        "{}",
        json.len()
    );
}
