//! Panics of listeners and of user types: contained, and answered by quarantine.
//!
//! Every panic runs the panic hook of the program, which may print a backtrace or report to a service. So panics are
//! bounded in a row and in time, whatever the number of events: ten in a row, then one after each pause, which doubles;
//! and, where calls between them succeed, a hundred at once and ten a second.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// After so many panics in a row, the code is left alone for a while.
const MAX_IN_A_ROW: u32 = 10;
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// How long a panic is remembered that was not in a row, and how much may be remembered at once.
const MEMORY: Duration = Duration::from_millis(100);
const MAX_MEMORY: Duration = Duration::from_secs(10);

/// The panics of one kind of call, and until when it is not made.
#[derive(Debug, Default)]
pub(crate) struct Quarantine {
    in_a_row: u32,
    /// When the last panic is forgotten.
    remembered: Option<Instant>,
    until: Option<Instant>,
}

impl Quarantine {
    /// Whether the code is left alone now. Reads the clock only until the pause has passed.
    #[inline]
    pub(crate) fn is_on(&mut self) -> bool {
        let is_on = self.until.is_some_and(|until| Instant::now() < until);
        if !is_on {
            self.until = None;
        }
        is_on
    }

    /// Notes a call that did not panic.
    #[inline]
    pub(crate) fn succeeded(&mut self) {
        self.in_a_row = 0;
    }

    /// Notes a panic; returns how long the code is to be left alone, if it is.
    pub(crate) fn panicked(&mut self) -> Option<Duration> {
        self.panicked_at(Instant::now())
    }

    fn panicked_at(&mut self, now: Instant) -> Option<Duration> {
        self.in_a_row = self.in_a_row.saturating_add(1);
        let remembered = self.remembered.map_or(now, |until| until.max(now)) + MEMORY;
        self.remembered = Some(remembered);
        let excess = (remembered - now).saturating_sub(MAX_MEMORY);
        let pause = self.growing().max(excess);
        self.until = (!pause.is_zero()).then(|| now + pause);
        (!pause.is_zero()).then_some(pause)
    }

    /// The pause after a row of panics: one second, then twice as long each time.
    fn growing(&self) -> Duration {
        match self.in_a_row.checked_sub(MAX_IN_A_ROW) {
            Some(more) => MAX_PAUSE.min(Duration::from_secs(1 << more.min(6))),
            None => Duration::ZERO,
        }
    }
}

/// Runs `call`; a panic, and one in the destructor of its payload, ends here.
pub(crate) fn contain<R>(call: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => Some(result),
        Err(payload) => {
            if let Err(again) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
                // A payload whose destructor panics with another such payload: better leaked than followed.
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
    fn pauses_after_ten_in_a_row_grow_to_a_minute() {
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
        // What is long ago is forgotten.
        now += MAX_MEMORY;
        let paused = (0..100).filter(|_| {
            quarantine.succeeded();
            quarantine.panicked_at(now).is_some()
        });
        assert_eq!(paused.count(), 0);
        quarantine.succeeded();
        assert!(quarantine.panicked_at(now).is_some());
    }

    #[test]
    fn it_is_on_while_the_pause_lasts() {
        let mut quarantine = Quarantine::default();
        assert!(!quarantine.is_on());
        assert_eq!((0..10).filter_map(|_| quarantine.panicked()).count(), 1);
        assert!(quarantine.is_on());
        quarantine.succeeded();
        let long_ago = Instant::now().checked_sub(Duration::from_secs(1));
        quarantine.until = long_ago;
        assert!(!quarantine.is_on());
        // No clock is read for the next calls.
        assert_eq!(quarantine.until, None);
    }
}
