//! The counts of a monitor, as they come in.
//!
//! A thread adds to a shard of its own, unless somebody holds that one, and then to the next; it never waits. Whoever
//! reads takes a whole shard away, or copies it. What finds no shard free is counted as missed.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::counts::Counts;
use super::entry::Run;
use crate::Statement;

const SHARDS: usize = 8;
const NOT_SET: u64 = u64::MAX;

#[derive(Debug)]
pub(super) struct Store {
    shards: [Mutex<Counts>; SHARDS],
    missed: AtomicU64,
    /// In seconds; zero for never, [`NOT_SET`] for what was not set.
    interval: AtomicU64,
    past: Mutex<Past>,
}

/// What was told of, by intervals that are over.
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

impl Store {
    pub(super) fn new() -> Self {
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
        }
    }

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

    /// Sets how often the profile is told; whether that is news.
    pub(super) fn set_interval(&self, interval: Option<Duration>) -> bool {
        let seconds = interval.map_or(0, |interval| interval.as_secs());
        self.interval.swap(seconds, Relaxed) != seconds
    }

    /// When the interval that runs is over.
    pub(super) fn due(&self) -> Option<Instant> {
        let seconds = self.interval.load(Relaxed);
        let start = lock(&self.past).interval_start;
        start
            .checked_add(Duration::from_secs(seconds))
            .filter(|_| seconds > 0 && seconds != NOT_SET)
    }

    /// Ends the interval that runs, and begins another.
    pub(super) fn end_interval(&self) -> Period {
        // Held from the beginning, so that whoever reads the whole misses nothing that is on its way.
        let mut past = lock(&self.past);
        let mut counts = Counts::default();
        for shard in &self.shards {
            // Taken away at once, so that nobody finds it held for long.
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

    /// All since the start.
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
