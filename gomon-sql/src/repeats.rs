//! Statements that repeat under one event, where one statement might do ("N+1").
//!
//! The counts are in a table of fixed size that is never cleared. A slot is found by a hash of the event and the statement,
//! and a collision overwrites it. So a count may start again, and is never too high unless two hashes of 40 bits are equal.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use gomon_core::adapter::keys;
use gomon_core::{Id, Key, Tracker, Value};

use crate::Statement;
use crate::statement::Hash;

const SLOTS: usize = 4096;
/// Bits of a slot that count; the others identify the event and the statement.
const COUNT_BITS: u32 = 24;
const COUNT: u64 = (1 << COUNT_BITS) - 1;

/// Key of the number of runs in a mark.
const RUNS: Key<'static> = Key::new("count");

/// How often statements ran under the events of one monitor.
#[derive(Debug)]
pub(crate) struct Repeats(Box<[AtomicU64]>);

impl Default for Repeats {
    fn default() -> Self {
        Self((0..SLOTS).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Repeats {
    /// Counts a run of a statement under an event, and returns the number of runs.
    #[inline]
    pub(crate) fn count(&self, event: Id, statement: &Statement) -> u64 {
        let hash = Hash::new(event.hi())
            .add(event.lo())
            .add(statement.fingerprint())
            .finish();
        let Some(slot) = self.0.get(hash as usize % SLOTS) else {
            return 0;
        };
        let tag = hash & !COUNT;
        // Threads that count under one event at the same time may lose runs.
        let old = slot.load(Relaxed);
        let count = if old & !COUNT == tag {
            (old & COUNT) + 1
        } else {
            1
        };
        slot.store(tag | count.min(COUNT), Relaxed);
        count
    }
}

/// Marks an event with the statement that ran most often under it.
pub(crate) fn mark(tracker: &mut dyn Tracker, statement: &Statement, count: u64) {
    let marked = tracker
        .get(keys::N_PLUS_ONE.name())
        .and_then(|mark| mark.as_map()?.get(RUNS.name())?.as_u64());
    if marked.is_some_and(|marked| marked >= count) {
        return;
    }
    let mark = [
        (keys::QUERY_FP, Value::Str(statement.fingerprint_text())),
        (RUNS, Value::U64(count)),
        (keys::QUERY, Value::normalized_sql(statement.text())),
    ];
    tracker.set(keys::N_PLUS_ONE, Value::fields(&mark));
}
