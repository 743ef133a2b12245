//! Counters of GoMon about itself.
//!
//! An event that is recorded without problems updates none of them.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::transport::buffer::DropCause;

/// Counter that never decreases.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    #[cold]
    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// The counters of one monitor.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Records that reached the dispatcher, including its own.
    pub(crate) dispatched: Counter,
    pub(crate) buffer_full: Counter,
    pub(crate) budget: Counter,
    pub(crate) after_shutdown: Counter,
    /// Events of trackers that exceeded the budget of open trackers.
    pub(crate) open_budget: Counter,
    /// Trackers of threads that have ended.
    pub(crate) opened: Counter,
    pub(crate) ended: Counter,
    /// Fields that were dropped because an event had too many or was too large.
    pub(crate) limited_fields: Counter,
    /// Values that were truncated to a limit.
    pub(crate) cut_values: Counter,
    /// User fields that were renamed because the event model reserves their name.
    pub(crate) renamed_fields: Counter,
    /// Values of a kind that their key does not accept.
    pub(crate) refused_values: Counter,
    /// Children that did not fit into their parent and were delivered separately.
    pub(crate) detached_children: Counter,
    /// Calls of `current` without a current tracker.
    pub(crate) orphans: Counter,
}

impl Counters {
    #[cold]
    pub(crate) fn count_dropped(&self, cause: DropCause, records: u64) {
        match cause {
            DropCause::OpenBudget => &self.open_budget,
            DropCause::Full => &self.buffer_full,
            DropCause::Budget => &self.budget,
            DropCause::Closed => &self.after_shutdown,
        }
        .add(records);
    }

    /// Returns the number of records that were dropped before they reached the dispatcher.
    pub(crate) fn dropped(&self) -> u64 {
        [
            &self.buffer_full,
            &self.budget,
            &self.after_shutdown,
            &self.open_budget,
        ]
        .into_iter()
        .map(Counter::get)
        .sum()
    }
}
