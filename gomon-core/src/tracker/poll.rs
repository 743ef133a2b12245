//! Polls of futures, measured.

use std::task::Poll;
use std::time::Duration;

use crate::poll_observer::{PollObserver, poll_observer};
use crate::tracker::EventTracker;

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
        let observer = poll_observer();
        let observed = observer.map_or(0, PollObserver::before);
        let measured = Measured {
            start: body.core.clock.ticks(),
            observer,
            observed,
            tracker: self,
        };
        measured.tracker.scope(poll)
    }

    /// From its start to the end of the latest poll by [`poll_in`](Self::poll_in), which costs no look at the clock; zero
    /// before the first one.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::task::Poll;
    ///
    /// use gomon_core::{Monitor, Tracker};
    ///
    /// let running = Monitor::builder().build()?;
    /// let mut tracker = running.monitor().root("job");
    /// let polled = tracker.poll_in(|| Poll::Ready(7));
    /// assert!(polled.is_ready() && tracker.lapsed_when_polled() <= tracker.lapsed());
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn lapsed_when_polled(&self) -> Duration {
        self.body.as_ref().map_or(Duration::ZERO, |body| {
            let nanos = body
                .core
                .clock
                .nanos_between(body.start, body.polls.last_end);
            Duration::from_nanos(nanos)
        })
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
        let end = body.core.clock.ticks();
        let lapsed = end.saturating_sub(self.start);
        let observed = self.observer.map_or(0, |it| it.after(self.observed));
        let polls = &mut body.polls;
        polls.count += 1;
        polls.last_end = end;
        polls.busy = polls.busy.saturating_add(lapsed);
        polls.longest = polls.longest.max(lapsed);
        polls.observed = polls.observed.saturating_add(observed);
    }
}
