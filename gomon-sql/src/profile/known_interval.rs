//! The interval that a database last requested.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// No interval was requested yet.
const NONE: u64 = u64::MAX;

/// The interval that a database last requested.
///
/// It shows whether the configuration of that database changed. Several databases of one monitor may differ, and none of
/// them may undo the request of another.
#[derive(Debug)]
pub(crate) struct KnownInterval(AtomicU64);

impl Default for KnownInterval {
    fn default() -> Self {
        Self(AtomicU64::new(NONE))
    }
}

impl KnownInterval {
    /// Stores the interval and returns whether it changed. The first one is not a change.
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
    fn first_interval_is_not_a_change_and_each_other_one_is_once() {
        let known = KnownInterval::default();
        let [minute, hour] = [60, 3600].map(|seconds| Some(Duration::from_secs(seconds)));
        let requests = [minute, minute, hour, hour, None, None, minute];
        let changes = requests.map(|interval| known.changes(interval));
        assert_eq!(changes, [false, false, true, false, true, false, true]);
    }
}
