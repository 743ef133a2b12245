//! Running scopes.

use crate::context::current_id::publish_current;
use crate::context::{Frame, STACK, top_id};
use crate::id::Id;
use crate::record::outcome::Outcome;
use crate::tracker::EventTracker;

/// A running scope. Its tracker is on the stack and returns to `owner` at the end.
pub(crate) struct Entered<'a> {
    owner: &'a mut EventTracker,
    /// Index of the frame; `None` in a thread-local destructor that runs after the stack's own.
    at: Option<usize>,
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
        let at = STACK.try_with(|stack| {
            let mut stack = stack.try_borrow_mut().ok()?;
            let at = stack.len();
            stack.push(frame(owner));
            Some(at)
        });
        let at = at.ok().flatten();
        if at.is_some() {
            publish_current(id);
        }
        Self {
            owner,
            at,
            was_panicking: std::thread::panicking(),
        }
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(at) = self.at {
            let below = STACK.try_with(|stack| {
                let mut stack = stack.try_borrow_mut().ok()?;
                if stack.len() > at + 1 {
                    end_above(&mut stack, at);
                }
                if let Frame::Held(tracker) = stack.pop()? {
                    *self.owner = tracker;
                }
                Some(top_id(&stack))
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

/// Ends shared trackers that were entered in the scope and not left.
#[cold]
#[inline(never)]
fn end_above(stack: &mut Vec<Frame>, at: usize) {
    stack.truncate(at + 1);
}
