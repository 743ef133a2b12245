//! The ids of a tracker, which travel into other tasks, threads and processes.

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

/// The ids of a tracker, which can travel into other tasks, threads and processes.
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

    /// The ids of the tracker that is current now.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_core::TrackerContext::current().is_none());
    /// ```
    #[must_use]
    pub fn current() -> Option<Self> {
        with_top(Frame::context)
            .flatten()
            .or_else(|| context_sources().find_map(ContextSource::context))
    }

    /// The id of the tracker.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::TrackerContext;
    /// let id = TrackerContext::current().map(|context| context.id());
    /// ```
    #[must_use]
    pub fn id(&self) -> Id {
        self.ids.id
    }

    /// The W3C trace id.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::TrackerContext;
    /// let trace = TrackerContext::current().map(|context| context.trace());
    /// ```
    #[must_use]
    pub fn trace(&self) -> TraceId {
        self.ids.trace()
    }

    /// What to send as `traceparent` with an outgoing call.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::TrackerContext;
    /// let header = TrackerContext::current().map(|context| context.traceparent().to_string());
    /// ```
    #[must_use]
    pub fn traceparent(&self) -> TraceParent {
        TraceParent {
            trace_id: self.ids.trace(),
            parent_id: self.ids.id.span(),
            flags: self.ids.flags & (TraceParent::SAMPLED | TraceParent::RANDOM),
        }
    }

    /// What to send as `tracestate`: what came in, untouched.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::TrackerContext;
    /// let context = TrackerContext::current();
    /// let state = context.as_ref().and_then(|context| context.tracestate());
    /// ```
    #[must_use]
    pub fn tracestate(&self) -> Option<&TraceState> {
        self.state.as_ref()
    }

    /// A child of the tracker.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::TrackerContext;
    /// let child = TrackerContext::current().map(|context| context.child("step"));
    /// ```
    pub fn child(&self, fingerprint: &'static str) -> EventTracker {
        let mut child = open_child(self.core, fingerprint, &self.ids);
        if let Some(state) = &self.state {
            child.set_state(state.clone());
        }
        child
    }

    /// An event in the trace of this tracker whose parent is another, of another trace: a statement that a request sends
    /// through a connection which outlives it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::{Monitor, TrackerContext};
    /// let connection = Monitor::noop().root("connection");
    /// let query = TrackerContext::current().map(|request| request.child_under(connection.id(), "query"));
    /// ```
    pub fn child_under(&self, parent: Id, fingerprint: &'static str) -> EventTracker {
        let mut child = self.child(fingerprint);
        child.set_parent(parent);
        child
    }

    /// Whether the tracker's fields are kept: it was sampled.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::TrackerContext;
    /// let recording = TrackerContext::current().is_some_and(|context| context.is_recording());
    /// ```
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.ids.is_sampled()
    }

    /// Runs `f` so that trackers opened below are children of this one. [`current`] finds no tracker there, only ids.
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
        let mut nobody = EventTracker::noop();
        let _entered = Entered::push(&mut nobody, self.id(), |_| Frame::Ids(self.clone()));
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
