//! Containment of panics in listeners and user types, and their quarantine.
//!
//! Every panic runs the panic hook of the program, which may print a backtrace or report to a
//! service. So panics are bounded, whatever the number of events. After ten in a row, only one
//! follows each pause, and pauses double. Where calls between panics succeed, the limit is a
//! hundred at once and ten a second.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Number of panics in a row that starts a quarantine.
const MAX_IN_A_ROW: u32 = 10;
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// Time for which each panic counts towards the limit of panics between successful calls.
const PENALTY: Duration = Duration::from_millis(100);
/// Maximum sum of the times of all panics. Beyond it, calls pause.
const MAX_PENALTY: Duration = Duration::from_secs(10);

/// Panics of one kind of call, and the end of its quarantine.
#[derive(Debug, Default)]
pub(crate) struct Quarantine {
    in_a_row: u32,
    /// Time at which no panic counts any more.
    penalty_end: Option<Instant>,
    until: Option<Instant>,
}

impl Quarantine {
    /// Returns whether calls are suspended now. Reads the clock only during a pause.
    #[inline]
    pub(crate) fn is_on(&mut self) -> bool {
        let is_on = self.until.is_some_and(|until| Instant::now() < until);
        if !is_on {
            self.until = None;
        }
        is_on
    }

    /// Records a call that did not panic.
    #[inline]
    pub(crate) fn succeeded(&mut self) {
        self.in_a_row = 0;
    }

    /// Records a panic. Returns the length of the pause that it starts, if any.
    pub(crate) fn panicked(&mut self) -> Option<Duration> {
        self.panicked_at(Instant::now())
    }

    fn panicked_at(&mut self, now: Instant) -> Option<Duration> {
        self.in_a_row = self.in_a_row.saturating_add(1);
        let penalty_end = self.penalty_end.map_or(now, |until| until.max(now)) + PENALTY;
        self.penalty_end = Some(penalty_end);
        let excess = (penalty_end - now).saturating_sub(MAX_PENALTY);
        let pause = self.pause_in_a_row().max(excess);
        self.until = (!pause.is_zero()).then(|| now + pause);
        (!pause.is_zero()).then_some(pause)
    }

    /// Returns the pause after panics in a row: one second, then twice as long each time.
    fn pause_in_a_row(&self) -> Duration {
        match self.in_a_row.checked_sub(MAX_IN_A_ROW) {
            Some(more) => MAX_PAUSE.min(Duration::from_secs(1 << more.min(6))),
            None => Duration::ZERO,
        }
    }
}

/// Runs foreign code and catches its panic, and one in the destructor of the payload.
///
/// Returns `None` after a panic.
pub fn contain<R>(call: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => Some(result),
        Err(payload) => {
            if let Err(again) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
                // The destructor of a payload may panic with another such payload. A leak ends the
                // chain.
                #[allow(clippy::mem_forget)]
                std::mem::forget(again);
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(pause: Option<Duration>) -> Option<u64> {
        pause.map(|pause| pause.as_secs())
    }

    #[test]
    fn pauses_double_up_to_a_minute_after_ten_in_a_row() {
        let (mut quarantine, mut now) = (Quarantine::default(), Instant::now());
        for _ in 0..9 {
            assert_eq!(quarantine.panicked_at(now), None);
        }
        for expected in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            let pause = quarantine.panicked_at(now);
            assert_eq!(seconds(pause), Some(expected));
            now += pause.unwrap();
        }
        (0..100).for_each(|_| now += quarantine.panicked_at(now).unwrap());
        quarantine.succeeded();
        assert_eq!(quarantine.panicked_at(now), None);
    }

    #[test]
    fn panics_between_successes_are_bounded_in_time() {
        let (mut quarantine, begin) = (Quarantine::default(), Instant::now());
        let (mut now, mut panics) = (begin, 0);
        while now < begin + Duration::from_secs(60) {
            panics += 1;
            quarantine.succeeded();
            now += quarantine.panicked_at(now).unwrap_or_default();
        }
        assert_eq!(panics, 100 + 60 * 10);
        // Old panics no longer count.
        now += MAX_PENALTY;
        let paused = (0..100).filter(|_| {
            quarantine.succeeded();
            quarantine.panicked_at(now).is_some()
        });
        assert_eq!(paused.count(), 0);
        quarantine.succeeded();
        assert!(quarantine.panicked_at(now).is_some());
    }

    #[test]
    fn quarantine_lasts_for_the_pause() {
        let mut quarantine = Quarantine::default();
        assert!(!quarantine.is_on());
        assert_eq!((0..10).filter_map(|_| quarantine.panicked()).count(), 1);
        assert!(quarantine.is_on());
        quarantine.succeeded();
        let long_ago = Instant::now().checked_sub(Duration::from_secs(1));
        quarantine.until = long_ago;
        assert!(!quarantine.is_on());
        // Later calls read no clock.
        assert_eq!(quarantine.until, None);
    }
}
