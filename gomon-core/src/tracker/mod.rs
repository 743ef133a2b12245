//! Handle of an open event.

pub(crate) mod body;
pub(crate) mod errors;
pub(crate) mod extension_trait;
pub(crate) mod logs;
pub(crate) mod open;
pub(crate) mod poll;
pub(crate) mod preset;
pub(crate) mod sections;
pub(crate) mod thread;
pub(crate) mod r#trait;
pub(crate) mod unwound;
pub(crate) mod user_text;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::panic::Location;
use std::time::Duration;

use crate::context::scope::Entered;
use crate::context::tracker_context::TrackerContext;
use crate::id::Id;
use crate::id::ids::flag;
use crate::id::trace::{SpanId, TraceId};
use crate::record::event_value::EventValue;
use crate::record::key::Key;
use crate::record::outcome::Outcome;
use crate::record::value::Value;
use crate::state::core::Core;
use crate::tracker::body::{Body, Polls};
use crate::tracker::errors::record;
use crate::tracker::open::open_child;
use crate::tracker::thread as local;
use crate::tracker::user_text::{bounded_display, chain};

/// An open event, which collects fields and ends exactly once, when it is finished or dropped.
///
/// It is eight bytes wide, has one owner, and moves freely between threads and across `.await`. A disabled monitor and
/// suppressed code get an empty tracker, which does nothing.
///
/// A tracker that opens on one thread and ends on another moves its memory to the second thread's pool. If all trackers
/// of a thread end elsewhere, each of them costs an allocation.
///
/// # Examples
///
/// ```
/// use gomon_core::{Key, Monitor, Recorder};
///
/// const ORDER: Key<'static> = Key::new("order");
///
/// let recorder = Recorder::new();
/// let running = Monitor::builder().listener(recorder.listener()).build()?;
///
/// let mut tracker = running.monitor().root("checkout");
/// tracker.set(ORDER, 4711);
/// let child = tracker.child("payment");
/// child.finish();
/// tracker.finish();
///
/// assert_eq!(recorder.wait_for(2).len(), 2);
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Default)]
#[must_use = "a tracker that is dropped at once has no duration"]
pub struct EventTracker {
    body: Option<Box<Body>>,
}

impl EventTracker {
    /// Returns an empty tracker, which does nothing.
    #[inline]
    pub const fn noop() -> Self {
        Self { body: None }
    }

    #[inline]
    pub(crate) fn open(body: Box<Body>) -> Self {
        Self { body: Some(body) }
    }

    /// Returns whether the tracker is empty.
    #[must_use]
    #[inline]
    pub const fn is_noop(&self) -> bool {
        self.body.is_none()
    }

    /// Returns whether fields are recorded; false for an empty and for an unsampled tracker.
    ///
    /// Check it before computing a costly value.
    #[must_use]
    #[inline]
    pub fn is_recording(&self) -> bool {
        self.body.as_ref().is_some_and(|body| body.ids.is_sampled())
    }

    /// Sets a field. Setting a key again replaces its value in place.
    #[inline]
    pub fn set<'v>(&mut self, key: Key<'_>, value: impl Into<Value<'v>>) {
        if let Some(body) = &mut self.body {
            body.set(key, value.into());
        }
    }

    /// Sets the outcome and overrides the one recorded so far.
    ///
    /// A later panic that unwinds the tracker changes it to `panic`, unless [`complete`](Self::complete) was called.
    #[inline]
    pub fn set_outcome(&mut self, outcome: Outcome) {
        if let Some(body) = &mut self.body {
            body.outcome = outcome;
            body.complete &= outcome != Outcome::Cancelled;
        }
    }

    /// Returns the outcome recorded so far. A panic that unwinds the tracker changes it at the end.
    #[must_use]
    #[inline]
    pub fn outcome(&self) -> Outcome {
        self.body.as_ref().map_or(Outcome::Ok, |body| body.outcome)
    }

    /// Opens a child of this tracker.
    #[inline]
    pub fn child(&self, fingerprint: &'static str) -> Self {
        match &self.body {
            Some(body) => {
                let mut child = open_child(body.core, fingerprint, &body.ids);
                if let Some(state) = body.cold.as_ref().and_then(|cold| cold.state.as_ref()) {
                    child.set_state(state.clone());
                }
                child
            }
            None => Self::noop(),
        }
    }

    /// Ends `child` and delivers it inside this event, under `children`.
    ///
    /// The child is delivered separately, and counted, if there is no room for it (64 KiB, eight levels). The same
    /// happens if this tracker is empty, is not recorded or belongs to another monitor.
    pub fn attach(&mut self, mut child: Self) {
        let Some(mut body) = child.body.take() else {
            return;
        };
        body.seal(body.core.clock.ticks());
        if !body.ids.is_sampled() {
            return local::absorb(body);
        }
        let adopted = match &mut self.body {
            Some(parent) => parent.adopt(body),
            None => Err(body),
        };
        match adopted {
            Ok(body) => local::absorb(body),
            Err(body) => {
                body.core.counters.detached_children.add(1);
                local::deliver(&body);
            }
        }
    }

    /// Runs `f` with this tracker as the current one of the thread.
    ///
    /// [`current`](crate::current) lends it, and trackers opened inside are its children. A panic of `f` is recorded as
    /// the outcome and propagated.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{EventValue, Key, Monitor, current};
    ///
    /// let running = Monitor::builder().build()?;
    /// let mut job = running.monitor().root("job");
    /// job.scope(|| {
    ///     current(|tracker| tracker.set(Key::new("user"), 7));
    /// });
    /// assert_eq!(job.get("user"), Some(EventValue::I64(7)));
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[inline]
    pub fn scope<R>(&mut self, f: impl FnOnce() -> R) -> R {
        if self.body.is_none() {
            return f();
        }
        let _entered = Entered::new(self);
        f()
    }

    /// Returns the ids, for work that continues elsewhere; `None` for an empty tracker.
    #[must_use]
    pub fn context(&self) -> Option<TrackerContext> {
        self.body.as_ref().map(|body| TrackerContext::of(body))
    }

    /// Returns the W3C span id: the last eight bytes of the event's id.
    #[must_use]
    pub fn span_id(&self) -> SpanId {
        self.id().span()
    }

    /// Returns the id of the event; nil for an empty tracker.
    #[must_use]
    #[inline]
    pub fn id(&self) -> Id {
        self.body.as_ref().map_or(Id::NIL, |body| body.ids.id)
    }

    /// Returns the id of the parent event.
    #[must_use]
    pub fn parent(&self) -> Option<Id> {
        let parent = self.body.as_ref()?.parent();
        (!parent.is_nil()).then_some(parent)
    }

    /// Returns the W3C trace id; nil for an empty tracker.
    #[must_use]
    pub fn trace(&self) -> TraceId {
        self.body
            .as_ref()
            .map_or(TraceId::NIL, |body| body.ids.trace())
    }

    /// Returns the fingerprint: the name of the code path that opened the tracker. Empty for an empty tracker.
    #[must_use]
    pub fn fingerprint(&self) -> &'static str {
        self.body.as_ref().map_or("", |body| body.fingerprint)
    }

    /// Returns the time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.body.as_ref().map_or(Duration::ZERO, |body| {
            let clock = &body.core.clock;
            Duration::from_nanos(clock.nanos_between(body.start, clock.ticks()))
        })
    }

    /// Returns the value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<EventValue<'_>> {
        self.body.as_ref()?.get(name)
    }

    /// Marks the work as completed: `cancelled` becomes `ok`, or `error` if an error was recorded.
    ///
    /// A future or a body begins as [`Outcome::Cancelled`] and calls this at its end. Another outcome stays. A panic
    /// that unwinds the tracker later does not change the outcome.
    pub fn complete(&mut self) {
        let Some(body) = &mut self.body else { return };
        body.complete = true;
        if body.outcome == Outcome::Cancelled {
            let failed = body.cold.as_ref().is_some_and(|cold| cold.failed);
            body.outcome = if failed { Outcome::Error } else { Outcome::Ok };
        }
    }

    /// Stops recording unless `decide` returns true.
    pub(crate) fn sample(&mut self, decide: impl FnOnce(TraceId) -> bool) {
        if let Some(body) = &mut self.body
            && !decide(body.ids.trace())
        {
            body.ids.flags &= !flag::SAMPLED;
            body.record.close();
        }
    }

    #[inline]
    pub(crate) fn core(&self) -> Option<&'static Core> {
        self.body.as_ref().map(|body| body.core)
    }

    /// Replaces the parent.
    pub(crate) fn set_parent(&mut self, parent: Id) {
        if let Some(body) = &mut self.body {
            body.set_parent(parent);
        }
    }

    /// Counts a log record; returns false if there are `max` already.
    pub(crate) fn admit_log(&mut self, max: u32, is_error: bool) -> bool {
        let is_recording = self.is_recording();
        let body = self.body.as_mut().filter(|_| is_recording);
        body.is_none_or(|body| body.admit_log(max, is_error))
    }

    /// Replaces the statistics of polls.
    pub(crate) fn set_polls(&mut self, polls: Polls) {
        if let Some(body) = &mut self.body {
            body.polls = polls;
        }
    }

    /// Stores the `tracestate` of the incoming request, for outgoing calls.
    pub(crate) fn set_state(&mut self, state: crate::id::tracestate::TraceState) {
        if let Some(body) = &mut self.body {
            body.cold().state = Some(state);
        }
    }

    /// Ends the event, as dropping the tracker does.
    #[inline]
    pub fn finish(self) {
        drop(self);
    }

    /// Records an error with its type, its chain of causes and the location of this call; the outcome becomes `error`.
    ///
    /// The texts are redacted. The first sixteen errors of an event are kept.
    #[track_caller]
    pub fn add_error<E: StdError + 'static>(&mut self, error: &E) {
        let location = Location::caller();
        if self.is_recording() {
            let message = bounded_display(error);
            self.record_error(
                &message,
                Some(std::any::type_name::<E>()),
                Some(location),
                &chain(error),
            );
        }
    }

    /// Records an error by its text; the outcome becomes `error`.
    #[track_caller]
    pub fn add_error_text(&mut self, message: &str, kind: Option<&str>) {
        let location = Location::caller();
        if self.is_recording() {
            self.record_error(message, kind, Some(location), &[]);
        }
    }

    #[cold]
    fn record_error(
        &mut self,
        message: &str,
        kind: Option<&str>,
        location: Option<&Location<'_>>,
        chain: &[Cow<'static, str>],
    ) {
        if let Some(body) = &mut self.body {
            record(body, message, kind, location, chain);
        }
    }

    /// Links to an event that this one continues without being its child. The first 32 links are kept.
    pub fn add_link(&mut self, trace: TraceId, id: Id) {
        if !self.is_recording() {
            return;
        }
        let Some(body) = &mut self.body else { return };
        body.add_link(trace, id);
    }
}

impl Drop for EventTracker {
    #[inline]
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            local::end(body);
        }
    }
}

impl std::fmt::Debug for EventTracker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventTracker")
            .field("fingerprint", &self.fingerprint())
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use crate::listeners::recorder::Recorder;
    use crate::monitor::Monitor;
    use crate::tracker::EventTracker;
    use crate::tracker::extension_trait::TrackerExt;

    #[test]
    fn finish_with_ends_both_at_the_same_time_and_the_inner_first() {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .listener(recorder.listener())
            .build()
            .unwrap();
        let query = running.monitor().root("query");
        let rows = query.child("rows");
        let elapsed = query.finish_with(rows);
        let events = recorder.wait_for(2);
        let [rows, query] = [events[0].as_event(), events[1].as_event()];
        assert_eq!((rows.fingerprint(), query.fingerprint()), ("rows", "query"));
        assert_eq!(query.elapsed(), elapsed);
        // Each conversion from ticks to nanoseconds is rounded.
        let end = |event: &crate::record::event::Event<'_>| {
            u128::from(event.start_ns()) + event.elapsed().as_nanos()
        };
        assert!(end(&rows).abs_diff(end(&query)) <= 2);
    }

    #[test]
    fn finish_with_accepts_empty_trackers() {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .listener(recorder.listener())
            .build()
            .unwrap();
        let root = || running.monitor().root("one");
        root().finish_with(EventTracker::noop());
        assert!(EventTracker::noop().finish_with(root()).is_zero());
        assert_eq!(recorder.wait_for(2).len(), 2);
    }
}
