//! Polls of futures, measured.

use std::task::Poll;

use crate::{EventTracker, PollObserver, hooks};

impl EventTracker {
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
        let observer = hooks::poll_observer();
        let observed = observer.map_or(0, PollObserver::before);
        let measured = Measured {
            start: body.core.clock.ticks(),
            observer,
            observed,
            tracker: self,
        };
        measured.tracker.scope(poll)
    }
}

/// A poll under way: it counts when it returns, and no less when it panics.
struct Measured<'a> {
    tracker: &'a mut EventTracker,
    start: u64,
    observer: Option<&'static dyn PollObserver>,
    /// What the observer said before.
    observed: u64,
}

impl Drop for Measured<'_> {
    #[inline]
    fn drop(&mut self) {
        let Some(body) = &mut self.tracker.body else {
            return;
        };
        let lapsed = body.core.clock.ticks().saturating_sub(self.start);
        let observed = self.observer.map_or(0, |it| it.after(self.observed));
        let polls = &mut body.polls;
        polls.count += 1;
        polls.busy = polls.busy.saturating_add(lapsed);
        polls.longest = polls.longest.max(lapsed);
        polls.observed = polls.observed.saturating_add(observed);
    }
}
