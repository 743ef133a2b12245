//! Measurement of one poll.

use crate::poll_observer::PollObserver;
use crate::tracker::EventTracker;

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
        let elapsed = end.saturating_sub(self.start);
        let observed = self
            .observer
            .map_or(0, |observer| observer.after(self.observed));
        let polls = &mut body.polls;
        polls.count += 1;
        polls.last_end = end;
        polls.busy = polls.busy.saturating_add(elapsed);
        polls.longest = polls.longest.max(elapsed);
        polls.observed = polls.observed.saturating_add(observed);
    }
}
