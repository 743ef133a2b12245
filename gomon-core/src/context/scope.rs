//! Running scopes.

use crate::context::current_id::publish_current;
use crate::context::{Frame, STACK};
use crate::id::Id;
use crate::record::outcome::Outcome;
use crate::tracker::EventTracker;

/// A running scope. Its tracker is on the stack and returns to `owner` at the end.
pub(crate) struct Entered<'a> {
    owner: &'a mut EventTracker,
    /// False in a thread-local destructor that runs after the stack's own.
    pushed: bool,
    was_panicking: bool,
}

impl<'a> Entered<'a> {
    #[inline(never)]
    pub(crate) fn new(owner: &'a mut EventTracker) -> Self {
        let id = owner.id();
        Self::push(owner, id, |owner| Frame::Held(std::mem::take(owner)))
    }

    #[inline(always)]
    pub(super) fn push(
        owner: &'a mut EventTracker,
        id: Id,
        frame: impl FnOnce(&mut EventTracker) -> Frame,
    ) -> Self {
        let pushed = STACK.try_with(|stack| {
            let Ok(mut stack) = stack.try_borrow_mut() else {
                return false;
            };
            stack.push(frame(owner));
            true
        });
        let pushed = pushed.unwrap_or(false);
        if pushed {
            publish_current(id);
        }
        Self {
            owner,
            pushed,
            was_panicking: std::thread::panicking(),
        }
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.pushed {
            let below = STACK.try_with(|stack| {
                let mut stack = stack.try_borrow_mut().ok()?;
                if let Frame::Held(tracker) = stack.pop()? {
                    *self.owner = tracker;
                }
                Some(stack.last().map_or(Id::NIL, Frame::id))
            });
            if let Ok(Some(below)) = below {
                publish_current(below);
            }
        }
        if !self.was_panicking && std::thread::panicking() {
            self.owner.set_outcome(Outcome::Panic);
        }
    }
}
