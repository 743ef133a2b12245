//! Trackers whose scopes are not closures.
//!
//! The spans of `tracing` are entered and left by calls: in any order, on several threads at once, or never left. A
//! [`SharedTracker`] is current from [`enter`](SharedTracker::enter) to [`exit`](SharedTracker::exit). Invariants:
//!
//! * The stack holds ids and a reference, never the tracker. A tracker that has ended is not current, even if it was
//!   never left.
//! * The lock is held for plain memory accesses only. While `current` lends the tracker, it is outside the lock.
//! * A closure's scope that ends also ends what was entered inside and not left. So the stack does not grow.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use crate::context::current_id::publish_current;
use crate::context::tracker_context::TrackerContext;
use crate::context::{Frame, STACK, top_id};
use crate::poll_observer::{PollObserver, poll_observer};
use crate::sync::lock_std;
use crate::tracker::EventTracker;
use crate::tracker::body::Polls;

/// Maximum depth of the stack beyond which nothing is entered.
const MAX_DEPTH: usize = 256;

/// An open tracker with several owners, for libraries whose scopes begin and end by calls.
///
/// It ends with [`finish`](Self::finish), or with its last owner. The times between [`enter`](Self::enter) and
/// [`exit`](Self::exit) become `gomon:busy`, `gomon:polls` and `gomon:longest-poll`.
///
/// # Examples
///
/// ```
/// use gomon_core::adapter::SharedTracker;
/// use gomon_core::{Monitor, Recorder, tracker};
///
/// let recorder = Recorder::new();
/// let running = Monitor::builder().listener(recorder.listener()).build()?;
/// let span = SharedTracker::new(running.monitor().root("span")).unwrap();
/// span.clone().enter();
/// tracker("step").finish();
/// span.exit();
/// span.finish();
/// let events = recorder.wait_for(2);
/// assert_eq!(events[0].as_event().parent(), Some(events[1].as_event().id()));
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone)]
pub struct SharedTracker(Arc<Shared>);

struct Shared {
    context: TrackerContext,
    ended: AtomicBool,
    state: Mutex<State>,
}

struct State {
    /// Empty while it is lent and after the end.
    tracker: EventTracker,
    polls: Polls,
}

/// A shared tracker on the stack.
pub(super) struct Entry {
    tracker: SharedTracker,
    start: u64,
    observer: Option<&'static dyn PollObserver>,
    observed: u64,
}

impl SharedTracker {
    /// Returns `None` for an empty tracker.
    pub fn new(tracker: EventTracker) -> Option<Self> {
        let context = tracker.context()?;
        Some(Self(Arc::new(Shared {
            context,
            ended: AtomicBool::new(false),
            state: Mutex::new(State {
                tracker,
                polls: Polls::default(),
            }),
        })))
    }

    /// Returns the ids.
    #[must_use]
    #[inline]
    pub fn context(&self) -> &TrackerContext {
        &self.0.context
    }

    /// Calls `f` with the tracker; returns `None`, and counts an orphan, if it is lent to [`current`](crate::current).
    ///
    /// `f` runs under a lock: it must not run foreign code. Returns `None` after the end.
    pub fn with<R>(&self, f: impl FnOnce(&mut EventTracker) -> R) -> Option<R> {
        let result = self.peek(f);
        if result.is_none() && !self.has_ended() {
            self.0.context.core.counters.orphans.add(1);
        }
        result
    }

    /// Makes the tracker the current one of this thread, until the matching [`exit`](Self::exit).
    ///
    /// Nothing happens after the end, or on a thread with 256 scopes.
    pub fn enter(self) {
        if self.has_ended() {
            return;
        }
        let observer = poll_observer();
        let id = self.0.context.id();
        let entry = Entry {
            start: self.0.context.core.clock.ticks(),
            observer,
            observed: observer.map_or(0, PollObserver::before),
            tracker: self,
        };
        let mut entry = Some(entry);
        let _ = STACK.try_with(|stack| {
            let mut stack = stack.try_borrow_mut().ok()?;
            trim(&mut stack);
            if stack.len() < MAX_DEPTH {
                stack.push(Frame::Shared(entry.take()?));
                publish_current(id);
            }
            Some(())
        });
    }

    /// Ends the latest [`enter`](Self::enter) of this tracker on this thread, if there is one.
    pub fn exit(&self) {
        let entry = STACK.try_with(|stack| {
            let mut stack = stack.try_borrow_mut().ok()?;
            let mut frames = stack.iter_mut().rev();
            let frame =
                frames.find(|frame| matches!(frame, Frame::Shared(entry) if entry.is_of(self)))?;
            let entry = std::mem::replace(frame, Frame::Left);
            trim(&mut stack);
            publish_current(top_id(&stack));
            Some(entry)
        });
        // Its drop measures it, outside the borrow.
        drop(entry);
    }

    /// Ends the event.
    pub fn finish(&self) {
        self.0.finish();
    }

    /// Does what [`with`](Self::with) does without counting.
    pub(super) fn peek<R>(&self, f: impl FnOnce(&mut EventTracker) -> R) -> Option<R> {
        let mut state = lock_std(&self.0.state);
        (!state.tracker.is_noop()).then(|| f(&mut state.tracker))
    }

    #[inline]
    pub(super) fn has_ended(&self) -> bool {
        self.0.ended.load(Relaxed)
    }

    /// Takes the tracker, which must be [returned](Self::take_back); `None` if it is lent or has ended.
    pub(super) fn lend(&self) -> Option<EventTracker> {
        self.peek(std::mem::take)
    }

    pub(super) fn take_back(&self, tracker: EventTracker) {
        lock_std(&self.0.state).tracker = tracker;
        if self.has_ended() {
            self.finish();
        }
    }
}

impl Shared {
    fn finish(&self) {
        let mut state = lock_std(&self.state);
        // Under the lock, so that a tracker that is being returned is ended here or by its return.
        self.ended.store(true, Relaxed);
        let mut tracker = std::mem::take(&mut state.tracker);
        let polls = state.polls;
        drop(state);
        tracker.set_polls(polls);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let state = self.state.get_mut();
        let state = state.unwrap_or_else(PoisonError::into_inner);
        state.tracker.set_polls(state.polls);
    }
}

impl Entry {
    #[inline]
    pub(super) fn tracker(&self) -> &SharedTracker {
        &self.tracker
    }

    fn is_of(&self, tracker: &SharedTracker) -> bool {
        Arc::ptr_eq(&self.tracker.0, &tracker.0)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let shared = &self.tracker.0;
        let end = shared.context.core.clock.ticks();
        let after = |observer: &dyn PollObserver| observer.after(self.observed);
        let observed = self.observer.map_or(0, after);
        lock_std(&shared.state).polls.add(self.start, end, observed);
    }
}

/// Removes frames from the top that exited early, or whose tracker has ended.
fn trim(stack: &mut Vec<Frame>) {
    while stack.pop_if(|frame| !frame.is_live()).is_some() {}
}

impl fmt::Debug for SharedTracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedTracker")
            .field("context", &self.0.context)
            .field("ended", &self.has_ended())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::current;
    use crate::listeners::recorder::Recorder;
    use crate::monitor::Monitor;
    use crate::monitor::running::Running;
    use crate::record::event_value::EventValue;
    use crate::record::key::Key;

    fn monitor() -> (Running, Recorder) {
        let recorder = Recorder::new();
        let builder = Monitor::builder().health_interval(None);
        let running = builder.listener(recorder.listener()).build().unwrap();
        (running, recorder)
    }

    fn shared(running: &Running, fingerprint: &'static str) -> SharedTracker {
        SharedTracker::new(running.monitor().root(fingerprint)).unwrap()
    }

    fn current_id() -> Option<crate::id::Id> {
        TrackerContext::current().map(|context| context.id())
    }

    #[test]
    fn entered_tracker_is_lent_and_a_parent() {
        let (running, recorder) = monitor();
        let span = shared(&running, "span");
        span.clone().enter();
        running.monitor().tracker("child").finish();
        current(|tracker| {
            tracker.set(Key::new("user"), 7);
            // It is lent: only its ids are here.
            assert_eq!(current(|_| ()), None);
            assert_eq!(current_id(), Some(span.context().id()));
        });
        span.exit();
        assert_eq!(current_id(), None);
        span.finish();
        let events = recorder.wait_for(2);
        let (child, span) = (events[0].as_event(), events[1].as_event());
        assert_eq!(child.parent(), Some(span.id()));
        assert_eq!(span.get("user"), Some(EventValue::I64(7)));
        assert_eq!(span.get("gomon:polls"), Some(EventValue::U64(1)));
        assert_eq!(running.monitor().health().orphans, 1);
    }

    #[test]
    fn exits_out_of_order_keep_the_others_current() {
        let (running, _) = monitor();
        let (outer, inner) = (shared(&running, "outer"), shared(&running, "inner"));
        outer.clone().enter();
        inner.clone().enter();
        outer.exit();
        assert_eq!(current_id(), Some(inner.context().id()));
        inner.exit();
        assert_eq!(current_id(), None);
        STACK.with_borrow(|stack| assert!(stack.is_empty()));
        // One that was not entered here is not left here.
        outer.exit();
    }

    #[test]
    fn scope_ends_what_was_entered_inside() {
        let (running, _) = monitor();
        let mut job = running.monitor().root("job");
        let id = job.id();
        let span = shared(&running, "span");
        job.scope(|| {
            running
                .monitor()
                .tracker("step")
                .scope(|| span.clone().enter());
            assert_eq!(current_id(), Some(id));
        });
        assert_eq!((current_id(), job.id()), (None, id));
        span.exit();
    }

    #[test]
    fn scope_ends_if_a_tracker_below_was_left_inside() {
        let (running, _) = monitor();
        let span = shared(&running, "span");
        let mut job = running.monitor().root("job");
        let id = job.id();
        span.clone().enter();
        job.scope(|| {
            span.exit();
            assert_eq!(current_id(), Some(id));
            assert_eq!(current(|tracker| tracker.id()), Some(id));
        });
        assert_eq!((current_id(), job.id()), (None, id));
    }

    #[test]
    fn ended_tracker_that_was_not_left_is_not_current() {
        let (running, _) = monitor();
        let span = shared(&running, "span");
        span.clone().enter();
        span.finish();
        assert_eq!((current_id(), current(|_| ())), (None, None));
        let other = shared(&running, "other");
        other.clone().enter();
        STACK.with_borrow(|stack| assert_eq!(stack.len(), 1));
        other.exit();
    }

    #[test]
    fn trackers_that_are_never_left_are_bounded() {
        let (running, _) = monitor();
        let span = shared(&running, "span");
        (0..10 * MAX_DEPTH).for_each(|_| span.clone().enter());
        STACK.with_borrow(|stack| assert_eq!(stack.len(), MAX_DEPTH));
        span.finish();
    }

    #[test]
    fn end_during_a_loan_ends_it_once() {
        let (running, recorder) = monitor();
        let span = shared(&running, "span");
        span.clone().enter();
        current(|tracker| {
            span.finish();
            tracker.set(Key::new("after"), true);
        });
        span.finish();
        let events = recorder.wait_for(1);
        assert_eq!(
            events[0].as_event().get("after"),
            Some(EventValue::Bool(true))
        );
        drop(span);
        assert_eq!(running.monitor().health().open, 0);
        assert_eq!(recorder.wait_for(1).len(), 1);
    }

    #[test]
    fn last_owner_ends_it() {
        let (running, recorder) = monitor();
        drop(shared(&running, "span").clone());
        assert_eq!(recorder.wait_for(1).len(), 1);
    }

    #[test]
    fn time_on_all_threads_is_busy() {
        let (running, recorder) = monitor();
        let span = shared(&running, "span");
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    span.clone().enter();
                    assert_eq!(current_id(), Some(span.context().id()));
                    span.exit();
                });
            }
        });
        span.finish();
        let events = recorder.wait_for(1);
        let event = events[0].as_event();
        assert_eq!(event.get("gomon:polls"), Some(EventValue::U64(4)));
        assert!(event.get("gomon:busy").is_some());
    }
}
