//! Counts of a monitor, sharded by thread.
//!
//! A thread adds to its own shard, or to the next one if that is locked; it never waits. A reader copies a whole shard, or
//! takes it away. A run that finds every shard locked is counted as missed.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gomon_core::Every;

use super::counts::Counts;
use super::entry::Run;
use crate::Statement;
use crate::state::lock;

const SHARDS: usize = 8;
const NOT_SET: u64 = u64::MAX;

#[derive(Debug)]
pub(crate) struct Store {
    shards: [Mutex<Counts>; SHARDS],
    missed: AtomicU64,
    /// In seconds; zero for never, [`NOT_SET`] until it is set.
    interval: AtomicU64,
    past: Mutex<Past>,
    /// The periodic report.
    report: Mutex<Option<Every>>,
}

/// Counts of the intervals that are over.
#[derive(Debug)]
struct Past {
    counts: Counts,
    missed: u64,
    start: Instant,
    interval_start: Instant,
}

/// Counts of some time.
#[derive(Debug, Default)]
pub(super) struct Period {
    pub(super) counts: Counts,
    pub(super) missed: u64,
    pub(super) length: Duration,
}

impl Default for Store {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            shards: Default::default(),
            missed: AtomicU64::new(0),
            interval: AtomicU64::new(NOT_SET),
            past: Mutex::new(Past {
                counts: Counts::default(),
                missed: 0,
                start: now,
                interval_start: now,
            }),
            report: Mutex::default(),
        }
    }
}

impl Store {
    pub(super) fn add(&self, statement: &Arc<Statement>, run: &Run) {
        let first = shard_of_thread();
        for turn in 0..SHARDS {
            let shard = self.shards.get((first + turn) % SHARDS);
            if let Some(mut counts) = shard.and_then(|shard| shard.try_lock().ok()) {
                return counts.add(statement, run);
            }
        }
        self.missed.fetch_add(1, Relaxed);
    }

    #[inline]
    pub(super) fn has_no_interval(&self) -> bool {
        self.interval.load(Relaxed) == NOT_SET
    }

    /// Sets the interval of the report, and returns whether it changed.
    pub(super) fn set_interval(&self, seconds: u64) -> bool {
        self.interval.swap(seconds, Relaxed) != seconds
    }

    /// Replaces the periodic report by one at the interval that is set now.
    pub(super) fn set_report(&self, start: impl FnOnce(u64) -> Option<Every>) {
        let mut report = lock(&self.report);
        // Read under the lock, so that the last interval wins.
        let seconds = self.interval.load(Relaxed);
        *report = (seconds > 0).then(|| start(seconds)).flatten();
    }

    /// Ends the current interval and begins the next.
    pub(super) fn end_interval(&self) -> Period {
        // Locked throughout, so that `whole` sees every count once.
        let mut past = lock(&self.past);
        let mut counts = Counts::default();
        for shard in &self.shards {
            // Taken at once, so that the shard is not locked for long.
            let taken = std::mem::take(&mut *lock(shard));
            counts.merge(&taken);
        }
        let missed = self.missed.swap(0, Relaxed);
        past.counts.merge(&counts);
        past.missed += missed;
        let now = Instant::now();
        let length = now.duration_since(std::mem::replace(&mut past.interval_start, now));
        Period {
            counts,
            missed,
            length,
        }
    }

    /// Returns all counts since the start.
    pub(super) fn whole(&self) -> Period {
        let past = lock(&self.past);
        let mut counts = past.counts.clone();
        for shard in &self.shards {
            let copy = lock(shard).clone();
            counts.merge(&copy);
        }
        Period {
            counts,
            missed: past.missed + self.missed.load(Relaxed),
            length: past.start.elapsed(),
        }
    }
}

fn shard_of_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static SHARD: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    SHARD
        .try_with(|shard| {
            if shard.get() == usize::MAX {
                shard.set(NEXT.fetch_add(1, Relaxed) % SHARDS);
            }
            shard.get()
        })
        .unwrap_or(0)
}
