//! The current tracker of a thread.
//!
//! A tracker is current while a closure runs in its [`scope`](crate::EventTracker::scope). A tracked future enters the
//! scope for each poll. Scopes are closures: they end in reverse order, also by panic, and none lives across an
//! `.await`. Invariants:
//!
//! * The frame of a scope owns the tracker as long as the scope runs, and returns it to its owner at the end.
//! * While `current` lends a tracker, the stack is not borrowed and the frame holds the tracker's ids, so that
//!   trackers opened meanwhile find their parent.

pub(crate) mod child;
pub(crate) mod current_id;
pub(crate) mod field;
pub(crate) mod future;
pub(crate) mod scope;
pub(crate) mod source;
pub mod spawn;
pub(crate) mod tracker_context;

use std::cell::RefCell;

use crate::context::source::context_sources;
use crate::context::tracker_context::TrackerContext;
use crate::id::Id;
use crate::state::core::Core;
use crate::tracker::EventTracker;
use crate::tracker::r#trait::Tracker;

thread_local! {
    static STACK: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

enum Frame {
    /// The tracker of a scope.
    Held(EventTracker),
    /// The ids of a tracker that is lent or belongs to another task.
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

/// Calls `f` with the current tracker.
///
/// Returns `None` outside of all scopes. It also returns `None`, and counts an orphan, in a nested call and in a task
/// that carries only ids.
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

/// The top of the stack.
enum Top {
    Tracker(Lent),
    Ids(&'static Core),
    Nothing,
}

/// A lent tracker; its drop returns it to the stack, also by panic.
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

/// Takes the tracker from the top of the stack and leaves its ids there.
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
