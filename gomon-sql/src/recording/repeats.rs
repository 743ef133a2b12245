//! Statements that run again and again under one event: what could be one statement ("N+1").
//!
//! Counts live in a table of fixed size, which nobody has to clear: a count is found by a hash of the event and the
//! statement, and whoever needs the slot next takes it. So a count may start anew, but is never too high beyond the odds
//! of two hashes of 40 bits.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use gomon_core::{Id, Key, Tracker, Value, keys};

use crate::Statement;
use crate::statement::Hash;

const SLOTS: usize = 4096;
/// The bits of a slot that count; the others tell whose count it is.
const COUNT_BITS: u32 = 24;
const COUNT: u64 = (1 << COUNT_BITS) - 1;

/// Under which a mark has the number of runs.
const RUNS: Key<'static> = Key::new("count");

static TABLE: [AtomicU64; SLOTS] = [const { AtomicU64::new(0) }; SLOTS];

/// Counts a run of a statement under an event; how many there were, with this one.
#[inline]
pub(super) fn count(event: Id, statement: &Statement) -> u64 {
    let hash = Hash::new(event.hi())
        .add(event.lo())
        .add(statement.fingerprint())
        .finish();
    let Some(slot) = TABLE.get(hash as usize % SLOTS) else {
        return 0;
    };
    let tag = hash & !COUNT;
    // Those that run at the same time under one event may take a turn from each other.
    let old = slot.load(Relaxed);
    let count = if old & !COUNT == tag {
        (old & COUNT) + 1
    } else {
        1
    };
    slot.store(tag | count.min(COUNT), Relaxed);
    count
}

/// Marks an event with the statement that ran most often under it.
pub(super) fn mark(tracker: &mut (impl Tracker + ?Sized), statement: &Statement, count: u64) {
    let is_more = match tracker
        .get(keys::N_PLUS_ONE.name())
        .and_then(|mark| mark.as_map())
    {
        None => true,
        Some(mark) => mark
            .get(RUNS.name())
            .and_then(|it| it.as_u64())
            .is_none_or(|it| it < count),
    };
    if is_more {
        let mark = [
            (keys::QUERY_FP, Value::Str(statement.fingerprint_text())),
            (RUNS, Value::U64(count)),
            (keys::QUERY, Value::normalized_sql(statement.text())),
        ];
        tracker.set_value(keys::N_PLUS_ONE, Value::fields(&mark));
    }
}
