//! The handle of an open event.

pub(crate) mod body;
pub(crate) mod errors;
pub(crate) mod lent;
pub(crate) mod open;
pub(crate) mod poll;
pub(crate) mod sections;
pub(crate) mod thread;
pub(crate) mod r#trait;
pub(crate) mod unwound;
pub(crate) mod user_text;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::Display;
use std::panic::Location;
use std::task::Poll;
use std::time::Duration;

use crate::context::scope::Entered;
use crate::context::tracker_context::TrackerContext;
use crate::id::Id;
use crate::id::ids::flag;
use crate::id::trace::{SpanId, TraceId};
use crate::poll_observer::{PollObserver, poll_observer};
use crate::record::event_value::EventValue;
use crate::record::key::Key;
use crate::record::outcome::Outcome;
use crate::record::value::Value;
use crate::state::core::Core;
use crate::tracker::body::Body;
use crate::tracker::errors::record;
use crate::tracker::open::open_child;
use crate::tracker::poll::Measured;
use crate::tracker::thread as local;
use crate::tracker::user_text::{bounded_display, chain};

/// An open event: it collects fields, and ends when it is finished or dropped, exactly once.
///
/// It is eight bytes wide and moves freely between threads and across `.await`; it has one owner. An empty one, which
/// a disabled monitor and suppressed code get, does nothing at all.
///
/// A tracker that opens on one thread and ends on another gives its memory to the second; where that is always so, the
/// pool of the first never fills and each tracker costs an allocation.
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
    /// An empty tracker, which does nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_core::EventTracker::noop().is_noop());
    /// ```
    #[inline]
    pub const fn noop() -> Self {
        Self { body: None }
    }

    #[inline]
    pub(crate) fn open(body: Box<Body>) -> Self {
        Self { body: Some(body) }
    }

    /// Whether it is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_core::Monitor::noop().root("job").is_noop());
    /// ```
    #[must_use]
    #[inline]
    pub const fn is_noop(&self) -> bool {
        self.body.is_none()
    }

    /// Whether fields are kept; false for an empty tracker and for one that was not sampled, so that costly values need
    /// not be made.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!gomon_core::EventTracker::noop().is_recording());
    /// ```
    #[must_use]
    #[inline]
    pub fn is_recording(&self) -> bool {
        self.body.as_ref().is_some_and(|body| body.ids.is_sampled())
    }

    /// Sets a field; a second set of a key replaces the value at its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Key, Monitor};
    ///
    /// let mut tracker = Monitor::noop().root("job");
    /// tracker.set(Key::new("size"), 17);
    /// ```
    #[inline]
    pub fn set<'v>(&mut self, key: Key<'_>, value: impl Into<Value<'v>>) {
        if let Some(body) = &mut self.body {
            body.set(key, value.into());
        }
    }

    /// Sets how it ended, whatever happened so far.
    ///
    /// A panic that unwinds it later makes it `panic` all the same, unless it is [`complete`](Self::complete).
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Monitor, Outcome};
    ///
    /// let mut tracker = Monitor::noop().root("job");
    /// tracker.set_outcome(Outcome::Error);
    /// ```
    #[inline]
    pub fn set_outcome(&mut self, outcome: Outcome) {
        if let Some(body) = &mut self.body {
            body.outcome = outcome;
            body.complete &= outcome != Outcome::Cancelled;
        }
    }

    /// Returns the outcome that was recorded so far; one that [`is_unwound`](Self::is_unwound) ends as `panic`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::EventTracker::noop().outcome(), gomon_core::Outcome::Ok);
    /// ```
    #[must_use]
    #[inline]
    pub fn outcome(&self) -> Outcome {
        self.body.as_ref().map_or(Outcome::Ok, |body| body.outcome)
    }

    /// Returns whether it would end as `panic` now: its thread unwinds by a panic that began after it was opened and
    /// before it was [`complete`](Self::complete).
    ///
    /// What a destructor opens and ends while its thread unwinds has an outcome of its own.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!gomon_core::EventTracker::noop().is_unwound());
    /// ```
    #[must_use]
    pub fn is_unwound(&self) -> bool {
        self.body.as_ref().is_some_and(|body| body.is_unwound())
    }

    /// A child, with this tracker as its parent.
    ///
    /// # Examples
    ///
    /// ```
    /// let tracker = gomon_core::Monitor::noop().root("job");
    /// let child = tracker.child("step");
    /// ```
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
    /// A child that cannot be inside is delivered on its own, and counted: where there is no room (64 KiB, eight levels),
    /// and where this tracker is empty, is not recorded or belongs to another monitor.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut tracker = gomon_core::Monitor::noop().root("job");
    /// let step = tracker.child("step");
    /// tracker.attach(step);
    /// ```
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

    /// Runs `f` with this as the current tracker of the thread: [`current`](crate::current) lends it, and trackers
    /// opened below are its children.
    ///
    /// A panic of `f` is noted as the outcome and goes on.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Key, Monitor, current};
    ///
    /// let mut tracker = Monitor::noop().root("job");
    /// tracker.scope(|| {
    ///     current(|tracker| tracker.set(Key::new("user"), 7));
    /// });
    /// ```
    #[inline]
    pub fn scope<R>(&mut self, f: impl FnOnce() -> R) -> R {
        if self.body.is_none() {
            return f();
        }
        let _entered = Entered::new(self);
        f()
    }

    /// Its ids, for work that goes on elsewhere; `None` for an empty one.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_core::EventTracker::noop().context().is_none());
    /// ```
    #[must_use]
    pub fn context(&self) -> Option<TrackerContext> {
        self.body.as_ref().map(|body| TrackerContext::of(body))
    }

    /// The span id of W3C Trace Context: the last eight bytes of its id.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_core::EventTracker::noop().span_id().is_nil());
    /// ```
    #[must_use]
    pub fn span_id(&self) -> SpanId {
        self.id().span()
    }

    /// Its id; nil for an empty one.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_core::EventTracker::noop().id().is_nil());
    /// ```
    #[must_use]
    #[inline]
    pub fn id(&self) -> Id {
        self.body.as_ref().map_or(Id::NIL, |body| body.ids.id)
    }

    /// Returns the id of the event that caused it.
    #[must_use]
    pub fn parent(&self) -> Option<Id> {
        let parent = self.body.as_ref()?.parent();
        (!parent.is_nil()).then_some(parent)
    }

    /// Returns the W3C trace id that it belongs to; nil for an empty tracker.
    #[must_use]
    pub fn trace(&self) -> TraceId {
        self.body
            .as_ref()
            .map_or(TraceId::NIL, |body| body.ids.trace())
    }

    /// Returns the name of the code path that opened it; empty for an empty tracker.
    #[must_use]
    pub fn fingerprint(&self) -> &'static str {
        self.body.as_ref().map_or("", |body| body.fingerprint)
    }

    /// Returns how long it has been open.
    #[must_use]
    pub fn lapsed(&self) -> Duration {
        self.body.as_ref().map_or(Duration::ZERO, |body| {
            let clock = &body.core.clock;
            Duration::from_nanos(clock.nanos_between(body.start, clock.ticks()))
        })
    }

    /// Returns a field that was set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<EventValue<'_>> {
        self.body.as_ref()?.get(name)
    }

    /// Marks the work as completed: `cancelled` becomes `ok`, or `error` if an error was recorded.
    ///
    /// A future or a body begins as [`Outcome::Cancelled`] and calls this at its end. An outcome that was set otherwise
    /// stays. A panic that unwinds the tracker later does not change the outcome.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Monitor, Outcome};
    ///
    /// let mut tracker = Monitor::noop().root("stream");
    /// tracker.set_outcome(Outcome::Cancelled);
    /// // … the last item was seen …
    /// tracker.complete();
    /// ```
    pub fn complete(&mut self) {
        let Some(body) = &mut self.body else { return };
        body.complete = true;
        if body.outcome == Outcome::Cancelled {
            let failed = body.cold.as_ref().is_some_and(|cold| cold.failed);
            body.outcome = if failed { Outcome::Error } else { Outcome::Ok };
        }
    }

    /// Has `decide` say whether it is recorded.
    pub(crate) fn sample(&mut self, decide: impl FnOnce(TraceId) -> bool) {
        if let Some(body) = &mut self.body
            && !decide(body.ids.trace())
        {
            body.ids.flags &= !flag::SAMPLED;
            body.record.close();
        }
    }

    /// Takes it to have begun earlier than it was opened: for work that is only heard of when it is over.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use gomon_core::{Monitor, Recorder, Tracker as _};
    ///
    /// let running = Monitor::builder().listener(Recorder::new().listener()).build()?;
    /// let mut tracker = running.monitor().root("query");
    /// tracker.began_before(Duration::from_millis(250));
    /// assert!(tracker.lapsed() >= Duration::from_millis(250));
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn began_before(&mut self, lapsed: Duration) {
        if let Some(body) = &mut self.body {
            let ticks = body.core.clock.ticks_in(lapsed);
            body.set_start(body.start.saturating_sub(ticks));
        }
    }

    #[inline]
    pub(crate) fn core(&self) -> Option<&'static Core> {
        self.body.as_ref().map(|body| body.core)
    }

    /// Names another parent than the tracker it was opened from.
    pub(crate) fn set_parent(&mut self, parent: Id) {
        if let Some(body) = &mut self.body {
            body.set_parent(parent);
        }
    }

    /// Takes note of the `tracestate` that came with the request, for outgoing calls.
    pub(crate) fn set_state(&mut self, state: crate::id::tracestate::TraceState) {
        if let Some(body) = &mut self.body {
            body.cold().state = Some(state);
        }
    }

    /// Ends it, as its drop does: one that a panic unwinds is `panic`.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_core::Monitor::noop().root("job").finish();
    /// ```
    #[inline]
    pub fn finish(self) {
        drop(self);
    }

    /// Records an error with its type, its chain of causes and the place of this call; the outcome becomes `error`.
    ///
    /// The texts pass through the redaction policy. The first sixteen errors of an event are kept.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut tracker = gomon_core::Monitor::noop().root("job");
    /// tracker.add_error(&std::io::Error::other("no space"));
    /// ```
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

    /// Records an error that is only known by its text; the outcome becomes `error`.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut tracker = gomon_core::Monitor::noop().root("job");
    /// tracker.add_error_text("the peer sent a reset", Some("h2::Reset"));
    /// ```
    #[track_caller]
    pub fn add_error_text(&mut self, message: &str, kind: Option<&str>) {
        let location = Location::caller();
        if self.is_recording() {
            self.record_error(message, kind, Some(location), &[]);
        }
    }

    /// Records an error that came to an integration from the code that it watches: without a place, since that of this
    /// call would be the integration's; the outcome becomes `error`.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut tracker = gomon_core::Monitor::noop().root("http-service");
    /// tracker.add_foreign_error("no space left on device", Some("hyper::Error"));
    /// ```
    pub fn add_foreign_error<E: Display + ?Sized>(&mut self, error: &E, kind: Option<&str>) {
        if self.is_recording() {
            let message = bounded_display(error);
            self.record_error(&message, kind, None, &[]);
        }
    }

    #[cold]
    pub(super) fn record_error(
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

    /// Names an event that this one continues without being its child; at most 32.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Id, Monitor, TraceId};
    ///
    /// let mut tracker = Monitor::noop().root("batch");
    /// tracker.add_link(TraceId::from_u128(7), Id::from_parts(1, 2));
    /// ```
    pub fn add_link(&mut self, trace: TraceId, id: Id) {
        if !self.is_recording() {
            return;
        }
        let Some(body) = &mut self.body else { return };
        body.add_link(trace, id);
    }

    /// Ends it and `inner`, which it ends with, at the same moment, by one look at the clock; how long it took, or zero
    /// for an empty one.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::Monitor;
    ///
    /// let query = Monitor::noop().root("query");
    /// let rows = query.child("rows");
    /// // … the last row was read …
    /// let lapsed = query.finish_with(rows);
    /// assert!(lapsed.is_zero());
    /// ```
    #[inline]
    pub fn finish_with(mut self, mut inner: Self) -> Duration {
        let Some(body) = self.body.take() else {
            return Duration::ZERO;
        };
        let (clock, start) = (&body.core.clock, body.start);
        let end = clock.ticks();
        if let Some(inner) = inner.body.take() {
            local::end_at(inner, end);
        }
        local::end_at(body, end);
        Duration::from_nanos(clock.nanos_between(start, end))
    }

    /// As [`scope`](Self::scope), for one poll of a future: also measures it, for `gomon:busy`, `gomon:polls` and
    /// `gomon:longest-poll`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::task::Poll;
    ///
    /// let mut tracker = gomon_core::Monitor::noop().root("job");
    /// let polled = tracker.poll_in(|| Poll::Ready(7));
    /// assert_eq!(polled, Poll::Ready(7));
    /// ```
    #[inline]
    pub fn poll_in<T>(&mut self, poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
        let Some(body) = &self.body else {
            return poll();
        };
        if !body.ids.is_sampled() {
            return self.scope(poll);
        }
        let observer = poll_observer();
        let observed = observer.map_or(0, PollObserver::before);
        let measured = Measured {
            start: body.core.clock.ticks(),
            observer,
            observed,
            tracker: self,
        };
        measured.tracker.scope(poll)
    }

    /// From its start to the end of the latest poll by [`poll_in`](Self::poll_in), which costs no look at the clock; zero
    /// before the first one.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::task::Poll;
    ///
    /// use gomon_core::{Monitor, Tracker};
    ///
    /// let running = Monitor::builder().build()?;
    /// let mut tracker = running.monitor().root("job");
    /// let polled = tracker.poll_in(|| Poll::Ready(7));
    /// assert!(polled.is_ready() && tracker.lapsed_when_polled() <= tracker.lapsed());
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn lapsed_when_polled(&self) -> Duration {
        self.body.as_ref().map_or(Duration::ZERO, |body| {
            let nanos = body
                .core
                .clock
                .nanos_between(body.start, body.polls.last_end);
            Duration::from_nanos(nanos)
        })
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

    #[test]
    fn both_end_at_one_moment_the_inner_first() {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .listener(recorder.listener())
            .build()
            .unwrap();
        let query = running.monitor().root("query");
        let rows = query.child("rows");
        let lapsed = query.finish_with(rows);
        let events = recorder.wait_for(2);
        let [rows, query] = [events[0].as_event(), events[1].as_event()];
        assert_eq!((rows.fingerprint(), query.fingerprint()), ("rows", "query"));
        assert_eq!(query.lapsed(), lapsed);
        // Ticks become nanoseconds one by one, and so are rounded.
        let end = |event: &crate::record::event::Event<'_>| {
            u128::from(event.start_ns()) + event.lapsed().as_nanos()
        };
        assert!(end(&rows).abs_diff(end(&query)) <= 2);
    }

    #[test]
    fn each_may_be_empty() {
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
