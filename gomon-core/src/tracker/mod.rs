//! The handle of an open event.

pub(crate) mod body;
pub(crate) mod body_group;
pub(crate) mod errors;
pub(crate) mod group;
pub(crate) mod lent;
pub(crate) mod moment;
pub(crate) mod poll;
pub(crate) mod sections;
pub(crate) mod thread;
pub(crate) mod r#trait;
pub(crate) mod user_text;

use std::time::Duration;

use crate::context::TrackerContext;
use crate::context::scope::Entered;
use crate::id::Id;
use crate::id::ids::flag;
use crate::id::trace::{SpanId, TraceId};
use crate::record::key::Key;
use crate::record::outcome::Outcome;
use crate::record::value::Value;
use crate::state::core::Core;
use crate::tracker::body::Body;
use crate::tracker::thread as local;
use crate::tracker::r#trait::Tracker;

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

    /// Says how it ended, whatever happened so far.
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
        }
    }

    /// What it would end as now.
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
                let mut child = body.core.open_child(fingerprint, &body.ids);
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
    /// A child for which there is no room (64 KiB, eight levels) is delivered on its own, and counted.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut tracker = gomon_core::Monitor::noop().root("job");
    /// let step = tracker.child("step");
    /// tracker.attach(step);
    /// ```
    pub fn attach(&mut self, mut child: Self) {
        let (Some(parent), Some(mut body)) = (&mut self.body, child.body.take()) else {
            return;
        };
        body.seal(body.core.clock.ticks());
        if !body.ids.is_sampled() {
            return local::absorb(body);
        }
        match parent.adopt(body) {
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

    /// Takes back that it was taken for cancelled: it came to its end.
    ///
    /// A future or a body begins as [`Outcome::Cancelled`] and says this when it is complete; errors that were
    /// recorded make it `error`, and an outcome that was set otherwise stays.
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
        if let Some(body) = &mut self.body
            && body.outcome == Outcome::Cancelled
        {
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

    /// Ends it, as its drop does.
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
