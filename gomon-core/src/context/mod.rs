//! The current tracker of a thread.
//!
//! A tracker is current while a closure runs in its [`scope`](crate::EventTracker::scope). A tracked future enters the
//! scope for each poll. Scopes are closures: they end in reverse order, also by panic, and none lives across an
//! `.await`. Only a [`SharedTracker`], for adapters, is entered and left by calls. Invariants:
//!
//! * The frame of a scope owns the tracker as long as the scope runs, and returns it to its owner at the end.
//! * While `current` lends a tracker, the stack is not borrowed and the frame holds the tracker's ids, so that
//!   trackers opened meanwhile find their parent.

pub(crate) mod child;
pub(crate) mod current_id;
pub(crate) mod field;
pub(crate) mod future;
pub(crate) mod scope;
pub(crate) mod shared;
pub(crate) mod source;
pub mod spawn;
pub(crate) mod tally;
pub(crate) mod tracker_context;

use std::cell::RefCell;

use crate::context::shared::{Entry, SharedTracker};
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
    /// A tracker that was entered by a call.
    Shared(Entry),
    /// A tracker that was left before those above it. It is never on the top for long.
    Left,
}

impl Frame {
    fn context(&self) -> Option<TrackerContext> {
        match self {
            Self::Held(tracker) => tracker.context(),
            Self::Ids(context) => Some(context.clone()),
            Self::Shared(entry) => Some(entry.tracker().context().clone()),
            Self::Left => None,
        }
    }

    #[inline]
    fn core(&self) -> Option<&'static Core> {
        match self {
            Self::Held(tracker) => tracker.core(),
            Self::Ids(context) => Some(context.core),
            Self::Shared(entry) => Some(entry.tracker().context().core),
            Self::Left => None,
        }
    }

    #[inline]
    fn id(&self) -> Id {
        match self {
            Self::Held(tracker) => tracker.id(),
            Self::Ids(context) => context.ids.id,
            Self::Shared(entry) => entry.tracker().context().ids.id,
            Self::Left => Id::NIL,
        }
    }

    fn child(&self, fingerprint: &'static str) -> EventTracker {
        match self {
            Self::Held(tracker) => tracker.child(fingerprint),
            Self::Ids(context) => context.child(fingerprint),
            Self::Shared(entry) => entry.tracker().context().child(fingerprint),
            Self::Left => EventTracker::noop(),
        }
    }

    /// Calls `f` with the tracker, if it is here. `f` must not enter a scope.
    fn with_tracker<R>(&self, f: impl FnOnce(&EventTracker) -> R) -> Option<R> {
        match self {
            Self::Held(tracker) => Some(f(tracker)),
            Self::Shared(entry) => entry.tracker().peek(|tracker| f(tracker)),
            Self::Ids(_) | Self::Left => None,
        }
    }

    /// Returns whether it may be current: a shared tracker may have ended without being left.
    #[inline]
    fn is_live(&self) -> bool {
        match self {
            Self::Held(_) | Self::Ids(_) => true,
            Self::Shared(entry) => !entry.tracker().has_ended(),
            Self::Left => false,
        }
    }
}

/// Returns the id of the current tracker, or nil.
#[inline]
fn top_id(stack: &[Frame]) -> Id {
    let top = stack.iter().rev().find(|frame| frame.is_live());
    top.map_or(Id::NIL, Frame::id)
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

/// A lent tracker; its drop returns it to its owner, also by panic.
struct Lent {
    tracker: EventTracker,
    owner: Owner,
}

enum Owner {
    /// The frame at this index.
    Frame(usize),
    Shared(SharedTracker),
}

impl Drop for Lent {
    fn drop(&mut self) {
        let tracker = std::mem::take(&mut self.tracker);
        let at = match &self.owner {
            Owner::Shared(owner) => return owner.take_back(tracker),
            Owner::Frame(at) => *at,
        };
        let _ = STACK.try_with(|stack| {
            if let Ok(mut stack) = stack.try_borrow_mut()
                && let Some(frame) = stack.get_mut(at)
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
        let at = stack.iter().rposition(Frame::is_live)?;
        let frame = stack.get_mut(at)?;
        match frame {
            Frame::Held(tracker) => {
                let context = tracker.context()?;
                let tracker = std::mem::take(tracker);
                *frame = Frame::Ids(context);
                let owner = Owner::Frame(at);
                Some(Top::Tracker(Lent { tracker, owner }))
            }
            Frame::Ids(context) => Some(Top::Ids(context.core)),
            Frame::Shared(entry) => Some(lend(entry.tracker())),
            Frame::Left => None,
        }
    });
    top.ok().flatten().unwrap_or(Top::Nothing)
}

fn lend(shared: &SharedTracker) -> Top {
    match shared.lend() {
        Some(tracker) => Top::Tracker(Lent {
            tracker,
            owner: Owner::Shared(shared.clone()),
        }),
        None => Top::Ids(shared.context().core),
    }
}

#[inline]
fn with_top<R>(f: impl FnOnce(&Frame) -> R) -> Option<R> {
    STACK
        .try_with(|stack| {
            let stack = stack.try_borrow().ok()?;
            stack.iter().rev().find(|frame| frame.is_live()).map(f)
        })
        .ok()?
}
