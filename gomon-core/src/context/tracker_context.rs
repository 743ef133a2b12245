//! Ids of a tracker, for other tasks, threads and processes.

use crate::context::scope::Entered;
use crate::context::source::{ContextSource, context_sources};
use crate::context::{Frame, with_top};
use crate::id::Id;
use crate::id::ids::Ids;
use crate::id::trace::TraceId;
use crate::id::traceparent::TraceParent;
use crate::id::tracestate::TraceState;
use crate::state::core::Core;
use crate::tracker::EventTracker;
use crate::tracker::body::Body;
use crate::tracker::open::open_child;

/// The ids of a tracker, for other tasks, threads and processes.
///
/// # Examples
///
/// ```
/// use gomon_core::{Monitor, Recorder, TrackerContext};
///
/// let recorder = Recorder::new();
/// let running = Monitor::builder().listener(recorder.listener()).build()?;
/// let mut tracker = running.monitor().root("job");
/// let context = tracker.scope(TrackerContext::current).unwrap();
/// let child = context.child("elsewhere");
/// assert_eq!(context.traceparent().parent_id, tracker.span_id());
/// # drop(child);
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone)]
pub struct TrackerContext {
    pub(super) core: &'static Core,
    pub(super) ids: Ids,
    state: Option<TraceState>,
}

impl TrackerContext {
    #[inline]
    pub(crate) fn of(body: &Body) -> Self {
        let state = body.cold.as_ref().and_then(|cold| cold.state.clone());
        Self {
            core: body.core,
            ids: body.ids,
            state,
        }
    }

    /// Returns the ids of the current tracker.
    #[must_use]
    pub fn current() -> Option<Self> {
        with_top(Frame::context)
            .flatten()
            .or_else(|| context_sources().find_map(ContextSource::context))
    }

    /// Returns the id of the event.
    #[must_use]
    pub fn id(&self) -> Id {
        self.ids.id
    }

    /// Returns the W3C trace id.
    #[must_use]
    pub fn trace(&self) -> TraceId {
        self.ids.trace()
    }

    /// Returns the `traceparent` for an outgoing call.
    #[must_use]
    pub fn traceparent(&self) -> TraceParent {
        let flags = self.ids.flags & (TraceParent::SAMPLED | TraceParent::RANDOM);
        TraceParent::new(self.ids.trace(), self.ids.id.span(), flags)
    }

    /// Returns the `tracestate` for an outgoing call: the incoming one, unchanged.
    #[must_use]
    pub fn tracestate(&self) -> Option<&TraceState> {
        self.state.as_ref()
    }

    /// Opens a child of the tracker.
    pub fn child(&self, fingerprint: &'static str) -> EventTracker {
        let mut child = open_child(self.core, fingerprint, &self.ids);
        if let Some(state) = &self.state {
            child.set_state(state.clone());
        }
        child
    }

    /// Returns whether the tracker is sampled, so that its fields are recorded.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.ids.is_recorded()
    }

    /// Runs `f` with these ids as the current ones: trackers opened inside are children of this tracker.
    ///
    /// [`current`](crate::current) finds only ids there, no tracker.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::TrackerContext;
    /// if let Some(context) = TrackerContext::current() {
    ///     context.scope(|| { /* … */ });
    /// }
    /// ```
    pub fn scope<R>(&self, f: impl FnOnce() -> R) -> R {
        let mut owner = EventTracker::noop();
        let _entered = Entered::push(&mut owner, self.id(), |_| Frame::Ids(self.clone()));
        f()
    }

    pub(crate) fn core(&self) -> &'static Core {
        self.core
    }
}

impl std::fmt::Debug for TrackerContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrackerContext")
            .field("id", &self.id())
            .field("trace", &self.trace())
            .finish_non_exhaustive()
    }
}
