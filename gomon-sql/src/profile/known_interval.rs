//! The interval that a database last asked for.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// None was asked for.
const NONE: u64 = u64::MAX;

/// The interval that a database last asked for, by which it is known whether its configuration changed: several databases of
/// one monitor need not agree, and none of them may undo what another one asked for.
#[derive(Debug)]
pub(crate) struct KnownInterval(AtomicU64);

impl Default for KnownInterval {
    fn default() -> Self {
        Self(AtomicU64::new(NONE))
    }
}

impl KnownInterval {
    /// Whether it was another one before; the first is no change.
    #[inline]
    pub(super) fn changes(&self, interval: Option<Duration>) -> bool {
        let seconds = interval.map_or(0, |interval| interval.as_secs());
        let known = self.0.load(Relaxed);
        if known == seconds {
            return false;
        }
        self.0.store(seconds, Relaxed);
        known != NONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_interval_is_no_change_and_each_other_one_is_once() {
        let known = KnownInterval::default();
        let [minute, hour] = [60, 3600].map(|seconds| Some(Duration::from_secs(seconds)));
        let asked = [minute, minute, hour, hour, None, None, minute];
        let changes = asked.map(|interval| known.changes(interval));
        assert_eq!(changes, [false, false, true, false, true, false, true]);
    }
}
