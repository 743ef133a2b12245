//! Where a thread leaves its records for the dispatcher.
//!
//! A buffer is a pair of halves, each behind a mutex that its thread only ever tries: the dispatcher holds one at
//! most, and only to swap its contents, so the thread finds the other free. Invariants:
//!
//! * A half whose `records` is zero has no bytes; a record is in a half whole or not at all.
//! * A thread fills one half until it finds that locked, and then the other. Whoever locks a half from elsewhere
//!   takes all it holds, so that at most one half holds records while none is locked, and the records of a thread
//!   stay in the order of their ends. (`close` takes nothing; it locks the halves in the order in which they are taken.)
//! * Memory is charged before a half grows. A half never grows beyond [`Memory::buffer_limit`].
//! * After [`Buffer::close`] nothing is accepted, so that what is counted then is counted for good.

use std::sync::atomic::Ordering::Relaxed;

use crate::memory::Memory;
use crate::sync::{AtomicU64, AtomicUsize, Mutex, lock, try_lock};

/// The first room of a half.
const FIRST_ROOM: usize = 16 * 1024;

/// Why a record was not taken, or the news that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    Stored,
    /// Stored, and the half has become half full, or the budget scarce: the dispatcher should not sleep on.
    HalfFull,
    Refused(Refusal),
}

/// Why a record was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The buffer of the thread is full.
    Full,
    /// The byte budget is used up.
    Budget,
    /// Both halves were taken, which only many threads on one buffer can bring about.
    Contended,
    /// The monitor was shut down.
    Closed,
}

/// The buffer of one thread.
#[derive(Debug)]
pub(crate) struct Buffer {
    halves: [Mutex<Half>; 2],
    /// The half that is filled now. Only this thread writes it and the two below, so no read-modify-write is needed.
    filled: AtomicUsize,
    /// Trackers opened and ended on this thread.
    opened: AtomicU64,
    ended: AtomicU64,
}

#[derive(Debug, Default)]
struct Half {
    bytes: Vec<u8>,
    records: u64,
    /// Up to which length records are stored without looking further.
    room: usize,
    closed: bool,
}

impl Buffer {
    pub(crate) fn new() -> Self {
        Self {
            halves: [Mutex::new(Half::default()), Mutex::new(Half::default())],
            filled: AtomicUsize::new(0),
            opened: AtomicU64::new(0),
            ended: AtomicU64::new(0),
        }
    }

    #[inline]
    pub(crate) fn push(&self, record: &[u8], memory: &Memory) -> Pushed {
        let [first, second] = &self.halves;
        let filled = if self.filled.load(Relaxed) == 0 {
            first
        } else {
            second
        };
        match try_lock(filled) {
            Some(mut half) => half.push(record, memory),
            None => self.push_elsewhere(record, memory),
        }
    }

    #[cold]
    #[inline(never)]
    fn push_elsewhere(&self, record: &[u8], memory: &Memory) -> Pushed {
        for _ in 0..3 {
            let filled = 1 - self.filled.load(Relaxed);
            self.filled.store(filled, Relaxed);
            if let Some(mut half) = self.halves.get(filled).and_then(try_lock) {
                return half.push(record, memory);
            }
        }
        Pushed::Refused(Refusal::Contended)
    }

    /// As [`push`](Self::push), for many threads: waits for a half, which is never held for long.
    pub(crate) fn push_shared(&self, record: &[u8], memory: &Memory) -> Pushed {
        let [half, _] = &self.halves;
        lock(half).push(record, memory)
    }

    /// Takes the records of a half, and how many they are; leaves room for the next, unless it is to `shrink`, and
    /// then takes its memory also where there are none.
    pub(crate) fn take(
        &self,
        half: usize,
        memory: &Memory,
        shrink: bool,
    ) -> Option<(Vec<u8>, u64)> {
        let mut half = lock(self.halves.get(half)?);
        if half.records == 0 && !shrink {
            return None;
        }
        let spare = if shrink { Vec::new() } else { memory.spare() };
        half.room = spare.capacity().min(memory.buffer_limit() / 2);
        let bytes = std::mem::replace(&mut half.bytes, spare);
        Some((bytes, std::mem::take(&mut half.records)))
    }

    /// Accepts nothing from now on.
    pub(crate) fn close(&self) {
        for half in &self.halves {
            lock(half).closed = true;
        }
    }

    #[inline]
    pub(crate) fn count_opened(&self) {
        self.opened
            .store(self.opened.load(Relaxed).wrapping_add(1), Relaxed);
    }

    #[inline]
    pub(crate) fn count_ended(&self) {
        self.ended
            .store(self.ended.load(Relaxed).wrapping_add(1), Relaxed);
    }

    /// Trackers opened and ended here.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.opened.load(Relaxed), self.ended.load(Relaxed))
    }
}

impl Half {
    #[inline]
    fn push(&mut self, record: &[u8], memory: &Memory) -> Pushed {
        let length = self.bytes.len() + record.len();
        let mut pushed = Pushed::Stored;
        if length > self.room || self.closed {
            match self.make_room(length, memory) {
                Ok(half_full) if half_full => pushed = Pushed::HalfFull,
                Ok(_) => {}
                Err(refusal) => return Pushed::Refused(refusal),
            }
        }
        self.bytes.extend_from_slice(record);
        self.records += 1;
        pushed
    }

    /// Whether the room now goes beyond half of what it may become, or into the last of the budget.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self, length: usize, memory: &Memory) -> Result<bool, Refusal> {
        if self.closed {
            return Err(Refusal::Closed);
        }
        let limit = memory.buffer_limit();
        if length > limit {
            return Err(Refusal::Full);
        }
        let half_full = length > limit / 2;
        let room = if half_full {
            limit
        } else {
            (self.room * 2).clamp(FIRST_ROOM, limit / 2).max(length)
        };
        if room > self.bytes.capacity()
            && !memory.grow(&mut self.bytes, room, Memory::take_for_buffer)
        {
            return Err(Refusal::Budget);
        }
        self.room = room;
        Ok(half_full || memory.is_scarce())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 8 * 1024 * 1024;
    const RECORD: [u8; 1024] = [7; 1024];

    fn fill(buffer: &Buffer, memory: &Memory) -> (Vec<Pushed>, Pushed) {
        let mut pushed = Vec::new();
        loop {
            match buffer.push(&RECORD, memory) {
                refused @ Pushed::Refused(_) => return (pushed, refused),
                stored => pushed.push(stored),
            }
        }
    }

    #[test]
    fn a_half_takes_as_much_as_it_may_and_says_once_that_it_is_half_full() {
        let (buffer, memory) = (Buffer::new(), Memory::new(LIMIT));
        let (pushed, refused) = fill(&buffer, &memory);
        assert_eq!(refused, Pushed::Refused(Refusal::Full));
        assert_eq!(pushed.len(), memory.buffer_limit() / RECORD.len());
        assert_eq!(
            pushed.iter().filter(|it| **it == Pushed::HalfFull).count(),
            1
        );
        let (bytes, records) = buffer.take(0, &memory, true).unwrap();
        assert_eq!(
            (bytes.len(), records),
            (pushed.len() * RECORD.len(), pushed.len() as u64)
        );
        memory.free(bytes);
        assert_eq!(memory.used(), 0);
    }

    #[test]
    fn without_a_budget_a_record_is_refused_and_no_memory_is_charged() {
        let (buffer, memory) = (Buffer::new(), Memory::new(LIMIT));
        assert!(memory.take(LIMIT / 4 * 3));
        assert_eq!(
            buffer.push(&RECORD, &memory),
            Pushed::Refused(Refusal::Budget)
        );
        assert_eq!(memory.used(), LIMIT / 4 * 3);
    }

    #[test]
    fn when_the_budget_is_scarce_the_first_record_calls_the_dispatcher() {
        let (buffer, memory) = (Buffer::new(), Memory::new(LIMIT));
        assert_eq!(buffer.push(&RECORD, &memory), Pushed::Stored);
        assert!(memory.take(LIMIT / 8 * 5));
        assert_eq!(Buffer::new().push(&RECORD, &memory), Pushed::HalfFull);
    }

    #[test]
    fn a_closed_buffer_takes_nothing() {
        let (buffer, memory) = (Buffer::new(), Memory::new(LIMIT));
        assert_eq!(buffer.push(&RECORD, &memory), Pushed::Stored);
        buffer.close();
        assert_eq!(
            buffer.push(&RECORD, &memory),
            Pushed::Refused(Refusal::Closed)
        );
        assert_eq!(
            buffer.push_shared(&RECORD, &memory),
            Pushed::Refused(Refusal::Closed)
        );
        assert_eq!(
            buffer.take(0, &memory, true).map(|(_, records)| records),
            Some(1)
        );
    }

    #[test]
    fn a_thread_stays_in_the_half_that_it_went_to() {
        let (buffer, memory) = (Buffer::new(), Memory::new(LIMIT));
        let taken = lock(&buffer.halves[0]);
        assert_eq!(buffer.push(&RECORD, &memory), Pushed::Stored);
        drop(taken);
        assert_eq!(buffer.push(&RECORD, &memory), Pushed::Stored);
        assert!(buffer.take(0, &memory, false).is_none());
        assert_eq!(
            buffer.take(1, &memory, false).map(|(_, records)| records),
            Some(2)
        );
    }

    #[test]
    fn with_both_halves_taken_a_record_is_refused() {
        let (buffer, memory) = (Buffer::new(), Memory::new(LIMIT));
        let _taken = (lock(&buffer.halves[0]), lock(&buffer.halves[1]));
        assert_eq!(
            buffer.push(&RECORD, &memory),
            Pushed::Refused(Refusal::Contended)
        );
    }
}

// Loom does not look for a `try_lock` that fails while another thread is inside the lock; that case is
// `a_thread_stays_in_the_half_that_it_went_to`, above.
#[cfg(all(test, loom))]
mod loom_models {
    use std::sync::Arc;

    use loom::thread;

    use super::*;

    /// What a producer stored and what was taken meanwhile and at the end.
    fn race(before_close: &[bool]) -> (Vec<u8>, Vec<u8>) {
        let buffer = Arc::new(Buffer::new());
        let memory = Arc::new(Memory::new(1024 * 1024));
        // Stored beforehand, so that the first taking has something to do while it holds the lock.
        assert_eq!(buffer.push(&[1, 1], &memory), Pushed::Stored);
        let producer = thread::spawn({
            let (buffer, memory) = (Arc::clone(&buffer), Arc::clone(&memory));
            move || {
                let is_stored =
                    |n: &u8| !matches!(buffer.push(&[*n, *n], &memory), Pushed::Refused(_));
                (2..=3_u8).filter(is_stored).collect::<Vec<_>>()
            }
        });
        let mut taken = Vec::new();
        let mut take = |shrink| {
            for half in 0..2 {
                if let Some((bytes, records)) = buffer.take(half, &memory, shrink) {
                    assert_eq!(bytes.len() as u64, records * 2, "records are whole");
                    taken.extend(bytes.chunks(2).map(|record| record[0]));
                    memory.free(bytes);
                }
            }
        };
        before_close.iter().for_each(|shrink| take(*shrink));
        buffer.close();
        take(true);
        let mut stored = vec![1];
        stored.extend(producer.join().unwrap());
        assert!((0..2).all(|half| buffer.take(half, &memory, false).is_none()));
        assert_eq!(memory.used(), 0);
        (stored, taken)
    }

    fn check(before_close: &'static [bool]) {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(move || {
            let (stored, taken) = race(before_close);
            assert_eq!(stored, taken);
        });
    }

    #[test]
    fn what_is_stored_is_taken_once_and_in_order() {
        check(&[false, false]);
    }

    #[test]
    fn shrinking_loses_nothing() {
        check(&[true]);
    }

    #[test]
    fn after_the_close_nothing_is_stored() {
        loom::model(|| {
            let (stored, taken) = race(&[]);
            assert_eq!(stored, taken);
        });
    }
}
