//! By what a middleware that is there twice knows that it has met its own request.

use super::{Frame, STACK};
use crate::EventTracker;

impl EventTracker {
    /// Marks it, so that whoever opened it finds out by [`is_current_mark`] whether something runs below it. It is not
    /// recorded, and 0 is no mark.
    ///
    /// # Examples
    ///
    /// See [`is_current_mark`].
    #[inline]
    pub fn set_mark(&mut self, mark: u64) {
        if let Some(body) = &mut self.body {
            body.mark = mark;
        }
    }

    fn mark(&self) -> u64 {
        self.body.as_ref().map_or(0, |body| body.mark)
    }
}

/// Whether a tracker in scope on this thread has that mark: a middleware that is there twice meets its own request.
///
/// # Examples
///
/// ```
/// use gomon_core::{Monitor, is_current_mark};
///
/// let running = Monitor::builder().build()?;
/// let mut request = running.monitor().root("http-service");
/// request.set_mark(7);
/// assert!(request.scope(|| is_current_mark(7)));
/// assert!(!is_current_mark(7));
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[must_use]
pub fn is_current_mark(mark: u64) -> bool {
    let found = STACK.try_with(|stack| {
        let stack = stack.try_borrow().ok()?;
        let mut trackers = stack.iter().filter_map(Frame::tracker);
        Some(trackers.any(|tracker| mark != 0 && tracker.mark() == mark))
    });
    found.ok().flatten().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Monitor;

    #[test]
    fn mark_is_found_below_its_own_tracker_alone() {
        let running = Monitor::builder().build().unwrap();
        let mut request = running.monitor().root("request");
        request.set_mark(7);
        let found = request.scope(|| {
            let mut step = running.monitor().tracker("step");
            step.scope(|| [7, 8, 0].map(is_current_mark))
        });
        assert_eq!(found, [true, false, false]);
        request.finish();
        // Its memory is used again.
        let mut next = running.monitor().root("request");
        assert!(!next.scope(|| is_current_mark(7)));
    }
}
