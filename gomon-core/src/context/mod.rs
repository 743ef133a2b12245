//! The current tracker of a thread.
//!
//! A tracker is current while a closure runs in its [`scope`](crate::EventTracker::scope); a tracked future puts it there
//! for each poll. Scopes are closures, so they end in the reverse order of their beginning, also by panic, and
//! none can be held across an `.await`. Invariants:
//!
//! * The frame of a scope owns the tracker as long as the scope runs; it goes back to its owner at the end.
//! * While `current` lends a tracker, no borrow of this stack is held, and its ids stand in its place, so that
//!   trackers opened meanwhile find their parent.

pub(crate) mod current_id;
pub(crate) mod field;
pub(crate) mod future;
pub(crate) mod scope;
pub(crate) mod source;
pub mod spawn;

pub(crate) use crate::context::scope::Entered;

use std::cell::RefCell;

use crate::context::source::{ContextSource, context_sources};
use crate::id::Id;
use crate::id::ids::Ids;
use crate::id::trace::TraceId;
use crate::id::traceparent::TraceParent;
use crate::id::tracestate::TraceState;
use crate::monitor::Monitor;
use crate::state::core::Core;
use crate::tracker::EventTracker;
use crate::tracker::body::Body;
use crate::tracker::r#trait::Tracker;

thread_local! {
    static STACK: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

enum Frame {
    /// The tracker of a scope.
    Held(EventTracker),
    /// The ids of one that is lent, or of one that is in another task.
    Ids(TrackerContext),
}

impl Frame {
    fn context(&self) -> Option<TrackerContext> {
        match self {
            Self::Held(tracker) => tracker.context(),
            Self::Ids(context) => Some(context.clone()),
        }
    }

    #[inline]
    fn core(&self) -> Option<&'static Core> {
        match self {
            Self::Held(tracker) => tracker.core(),
            Self::Ids(context) => Some(context.core),
        }
    }

    #[inline]
    fn id(&self) -> Id {
        match self {
            Self::Held(tracker) => tracker.id(),
            Self::Ids(context) => context.ids.id,
        }
    }

    fn child(&self, fingerprint: &'static str) -> EventTracker {
        match self {
            Self::Held(tracker) => tracker.child(fingerprint),
            Self::Ids(context) => context.child(fingerprint),
        }
    }

    fn tracker(&self) -> Option<&EventTracker> {
        match self {
            Self::Held(tracker) => Some(tracker),
            Self::Ids(_) => None,
        }
    }
}

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
    core: &'static Core,
    ids: Ids,
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
        let mut child = self.core.open_child(fingerprint, &self.ids);
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

    /// The monitor that the tracker belongs to.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::{TrackerContext, global};
    /// let ours = TrackerContext::current().is_some_and(|context| context.monitor() == global());
    /// ```
    #[must_use]
    pub fn monitor(&self) -> Monitor {
        Monitor::of(Some(self.core))
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

/// Lends the current tracker to `f`.
///
/// `None`, and counted, where there is none to lend: outside of any, in a nested call, or in a task that carries ids
/// only.
///
/// # Examples
///
/// ```
/// use gomon_core::{Key, current};
///
/// const USER: Key<'static> = Key::new("user");
///
/// async fn handler() {
///     current(|tracker| tracker.set(USER, 7));
/// }
/// ```
pub fn current<R>(f: impl FnOnce(&mut dyn Tracker) -> R) -> Option<R> {
    match borrow_top() {
        Top::Tracker(mut lent) => Some(f(&mut lent.tracker)),
        Top::Ids(core) => {
            core.counters.orphans.add(1);
            None
        }
        Top::Nothing => current_of_sources(f),
    }
}

fn current_of_sources<R>(f: impl FnOnce(&mut dyn Tracker) -> R) -> Option<R> {
    let mut f = Some(f);
    let mut result = None;
    for source in context_sources() {
        let lent = source.lend(&mut |tracker| {
            if let Some(f) = f.take() {
                result = Some(f(tracker));
            }
        });
        if lent {
            break;
        }
    }
    result
}

/// What stands on top of the stack.
enum Top {
    Tracker(Lent),
    Ids(&'static Core),
    Nothing,
}

/// Puts a lent tracker back, also by panic.
struct Lent {
    at: usize,
    tracker: EventTracker,
}

impl Drop for Lent {
    fn drop(&mut self) {
        let tracker = std::mem::take(&mut self.tracker);
        let _ = STACK.try_with(|stack| {
            if let Ok(mut stack) = stack.try_borrow_mut()
                && let Some(frame) = stack.get_mut(self.at)
            {
                *frame = Frame::Held(tracker);
            }
        });
    }
}

/// Takes the tracker on top of the stack, and leaves its ids.
fn borrow_top() -> Top {
    let top = STACK.try_with(|stack| {
        let mut stack = stack.try_borrow_mut().ok()?;
        let at = stack.len().checked_sub(1)?;
        let frame = stack.get_mut(at)?;
        let context = match frame {
            Frame::Ids(context) => return Some(Top::Ids(context.core)),
            Frame::Held(tracker) => tracker.context()?,
        };
        match std::mem::replace(frame, Frame::Ids(context)) {
            Frame::Held(tracker) => Some(Top::Tracker(Lent { at, tracker })),
            Frame::Ids(context) => Some(Top::Ids(context.core)),
        }
    });
    top.ok().flatten().unwrap_or(Top::Nothing)
}

#[inline]
fn with_top<R>(f: impl FnOnce(&Frame) -> R) -> Option<R> {
    STACK
        .try_with(|stack| stack.try_borrow().ok()?.last().map(f))
        .ok()?
}

/// A child of the current tracker, if there is one and it belongs to `core`.
#[inline]
pub(crate) fn child_of_current(
    core: &'static Core,
    fingerprint: &'static str,
) -> Option<EventTracker> {
    let child = with_top(|frame| {
        let is_ours = frame.core().is_some_and(|it| std::ptr::eq(it, core));
        is_ours.then(|| frame.child(fingerprint))
    });
    child.unwrap_or_else(|| {
        let context = context_sources().find_map(ContextSource::context)?;
        std::ptr::eq(context.core, core).then(|| context.child(fingerprint))
    })
}
