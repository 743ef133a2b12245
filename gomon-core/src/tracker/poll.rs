//! Measurement of one poll.

use crate::poll_observer::PollObserver;
use crate::tracker::EventTracker;
use crate::tracker::body::Polls;

impl Polls {
    /// Adds a poll between two times in ticks.
    #[inline]
    pub(crate) fn add(&mut self, start: u64, end: u64, observed: u64) {
        let elapsed = end.saturating_sub(start);
        self.count = self.count.saturating_add(1);
        self.last_end = end;
        self.busy = self.busy.saturating_add(elapsed);
        self.longest = self.longest.max(elapsed);
        self.observed = self.observed.saturating_add(observed);
    }
}

/// A running poll. Its drop records the measurement, also during a panic.
pub(super) struct Measured<'a> {
    pub(super) tracker: &'a mut EventTracker,
    pub(super) start: u64,
    pub(super) observer: Option<&'static dyn PollObserver>,
    /// What the observer returned before the poll.
    pub(super) observed: u64,
}

impl Drop for Measured<'_> {
    #[inline]
    fn drop(&mut self) {
        let Some(body) = &mut self.tracker.body else {
            return;
        };
        let end = body.core.clock.ticks();
        let observed = self
            .observer
            .map_or(0, |observer| observer.after(self.observed));
        body.polls.add(self.start, end, observed);
    }
}
