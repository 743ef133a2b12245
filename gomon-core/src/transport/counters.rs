//! What GoMon counts about itself. All of it is off the path of an event that goes well.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::transport::buffer::Refusal;

/// A number that only grows.
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
    /// Records that reached the dispatcher, its own included.
    pub(crate) dispatched: Counter,
    pub(crate) buffer_full: Counter,
    pub(crate) budget: Counter,
    pub(crate) contended: Counter,
    pub(crate) after_shutdown: Counter,
    /// Trackers of threads that have ended.
    pub(crate) opened: Counter,
    pub(crate) ended: Counter,
    /// Fields left out because an event had too many, or was too large.
    pub(crate) limited_fields: Counter,
    /// Values cut to a limit.
    pub(crate) cut_values: Counter,
    /// Fields of users that were renamed because the event model owns their name.
    pub(crate) renamed_fields: Counter,
    /// Values that were not of the kind that their key takes.
    pub(crate) refused_values: Counter,
    /// Children that could not be inside their parent and were delivered on their own.
    pub(crate) detached_children: Counter,
    /// Calls of `current` for which there was no tracker to lend.
    pub(crate) orphans: Counter,
}

impl Counters {
    #[cold]
    pub(crate) fn refuse(&self, refusal: Refusal, records: u64) {
        match refusal {
            Refusal::Full => &self.buffer_full,
            Refusal::Budget => &self.budget,
            Refusal::Contended => &self.contended,
            Refusal::Closed => &self.after_shutdown,
        }
        .add(records);
    }

    /// Records refused before they reached the dispatcher.
    pub(crate) fn refused(&self) -> u64 {
        [
            &self.buffer_full,
            &self.budget,
            &self.contended,
            &self.after_shutdown,
        ]
        .into_iter()
        .map(Counter::get)
        .sum()
    }
}
