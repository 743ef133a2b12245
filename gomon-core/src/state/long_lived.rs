//! Open trackers that outlive requests, by fingerprint.
//!
//! Counting every tracker by its fingerprint would cost each of them a search. Adapters count those of long life, which
//! are the ones that are open at shutdown: connections to databases and checkouts of their pools.

use std::sync::{Arc, Mutex};

use crate::sync::lock_std;

/// Maximum number of fingerprints; more are not counted.
const MAX_FINGERPRINTS: usize = 32;

/// Counts the open trackers of long life of a monitor. It is an [`extension`](crate::Monitor::extension).
#[derive(Debug, Default)]
pub struct LongLived(Mutex<Vec<(&'static str, u64)>>);

/// An open tracker of long life, which is counted until this is dropped.
#[derive(Debug)]
#[must_use = "the tracker is counted until this is dropped"]
pub struct CountedTracker {
    counts: Arc<LongLived>,
    fingerprint: &'static str,
}

impl LongLived {
    /// Counts an open tracker.
    pub fn count(self: Arc<Self>, fingerprint: &'static str) -> CountedTracker {
        self.change(fingerprint, |count| count.saturating_add(1));
        CountedTracker {
            counts: self,
            fingerprint,
        }
    }

    fn change(&self, fingerprint: &'static str, change: impl FnOnce(u64) -> u64) {
        let mut counts = lock_std(&self.0);
        let has_room = counts.len() < MAX_FINGERPRINTS;
        match counts.iter_mut().find(|(known, _)| *known == fingerprint) {
            Some((_, count)) => *count = change(*count),
            None if has_room => counts.push((fingerprint, change(0))),
            None => {}
        }
    }

    /// Returns the fingerprints of open trackers and their numbers.
    pub(crate) fn open(&self) -> Vec<(&'static str, u64)> {
        let counts = lock_std(&self.0);
        counts
            .iter()
            .filter(|(_, count)| *count > 0)
            .copied()
            .collect()
    }
}

impl Drop for CountedTracker {
    fn drop(&mut self) {
        self.counts
            .change(self.fingerprint, |count| count.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trackers_are_counted_until_they_end() {
        let counts = Arc::new(LongLived::default());
        let count = |fingerprint| Arc::clone(&counts).count(fingerprint);
        let first = count("sql-wconn");
        let second = count("sql-wconn");
        let other = count("net-conn");
        drop(first);
        assert_eq!(counts.open(), [("sql-wconn", 1), ("net-conn", 1)]);
        drop((second, other));
        assert_eq!(counts.open(), []);
    }

    #[test]
    fn number_of_fingerprints_is_bounded() {
        let counts = Arc::new(LongLived::default());
        let names = (0..2 * MAX_FINGERPRINTS).map(|at| &*at.to_string().leak());
        let all: Vec<_> = names.map(|name| Arc::clone(&counts).count(name)).collect();
        assert_eq!(counts.open().len(), MAX_FINGERPRINTS);
        drop(all);
        assert_eq!(counts.open(), []);
    }
}
