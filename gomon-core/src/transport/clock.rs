//! Conversion of clock ticks to nanoseconds.
//!
//! Trackers read the time stamp counter through `quanta`, which falls back to the system's
//! monotonic clock where the counter is unreliable. The dispatcher converts ticks to wall-clock
//! time by means of an anchor. It renews the anchor, so that neither drift nor a step of the wall
//! clock accumulates. Durations come from ticks alone.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::text::saturated_nanos;

/// Maximum age of an anchor.
const MAX_AGE: Duration = Duration::from_secs(2);

/// Source of ticks.
#[derive(Clone, Debug)]
pub(crate) struct Clock(quanta::Clock);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(quanta::Clock::new())
    }

    #[inline]
    pub(crate) fn ticks(&self) -> u64 {
        self.0.raw()
    }

    /// Returns the nanoseconds between two readings, or zero if `end` is before `start`.
    #[inline]
    pub(crate) fn nanos_between(&self, start: u64, end: u64) -> u64 {
        if end <= start {
            0
        } else {
            self.0.delta_as_nanos(start, end)
        }
    }

    /// Returns the number of ticks in a duration.
    pub(crate) fn ticks_in(&self, duration: Duration) -> u64 {
        const SAMPLE: u64 = 1 << 30;
        let nanos = self.nanos_between(0, SAMPLE).max(1);
        let ticks = duration.as_nanos().saturating_mul(SAMPLE.into()) / u128::from(nanos);
        u64::try_from(ticks).unwrap_or(u64::MAX)
    }
}

/// One moment by both clocks.
#[derive(Debug)]
pub(crate) struct Anchor {
    clock: Clock,
    ticks: u64,
    wall: u64,
}

impl Anchor {
    pub(crate) fn new(clock: Clock) -> Self {
        let mut anchor = Self {
            clock,
            ticks: 0,
            wall: 0,
        };
        anchor.set();
        anchor
    }

    fn set(&mut self) {
        self.ticks = self.clock.ticks();
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        self.wall = saturated_nanos(wall);
    }

    pub(crate) fn renew_if_old(&mut self) {
        let age = self.clock.nanos_between(self.ticks, self.clock.ticks());
        if u128::from(age) > MAX_AGE.as_nanos() {
            self.set();
        }
    }

    /// Returns a reading as nanoseconds since the Unix epoch.
    #[inline]
    pub(crate) fn wall(&self, ticks: u64) -> u64 {
        if ticks >= self.ticks {
            self.wall
                .saturating_add(self.clock.nanos_between(self.ticks, ticks))
        } else {
            self.wall
                .saturating_sub(self.clock.nanos_between(ticks, self.ticks))
        }
    }

    #[inline]
    pub(crate) fn elapsed(&self, ticks: u64) -> u64 {
        self.clock.nanos_between(0, ticks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_before_the_anchor_gives_an_earlier_time() {
        let clock = Clock::new();
        let before = clock.ticks();
        std::thread::sleep(Duration::from_millis(2));
        let anchor = Anchor::new(clock);
        let wall = anchor.wall(before);
        assert!(wall < anchor.wall && anchor.wall - wall < 1_000_000_000);
    }

    #[test]
    fn negative_duration_is_zero() {
        assert_eq!(Clock::new().nanos_between(100, 50), 0);
    }
}
