//! Where a thread leaves its records for the dispatcher.
//!
//! A buffer is a pair of halves, each behind a mutex that its thread only ever tries: the dispatcher holds one at
//! most, and only to swap its contents, so the thread finds the other free. Invariants:
//!
//! * A half whose `records` is zero has no bytes; a record is in a half whole or not at all.
//! * The dispatcher takes the halves in their order, and a thread fills the second only while the first is
//!   taken, so that the records of a thread stay in the order of their ends.
//! * Memory is charged before a half grows. A half never grows beyond [`Memory::buffer_limit`].
//! * After [`Buffer::close`] nothing is accepted, so that what is counted then is counted for good.

use std::sync::atomic::Ordering::Relaxed;

use crate::memory::Memory;
use crate::sync::{AtomicU64, Mutex, lock, try_lock};

/// The first room of a half.
const FIRST_ROOM: usize = 16 * 1024;

/// Why a record was not taken, or the news that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    Stored,
    /// Stored, and the half has become half full: the dispatcher should not sleep on.
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
    /// Trackers opened and ended on this thread. Only this thread writes them, so no read-modify-write is needed.
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
            opened: AtomicU64::new(0),
            ended: AtomicU64::new(0),
        }
    }

    #[inline]
    pub(crate) fn push(&self, record: &[u8], memory: &Memory) -> Pushed {
        for _ in 0..2 {
            for half in &self.halves {
                if let Some(mut half) = try_lock(half) {
                    return half.push(record, memory);
                }
            }
        }
        Pushed::Refused(Refusal::Contended)
    }

    /// As [`push`](Self::push), for many threads: waits for a half, which is never held for long.
    pub(crate) fn push_shared(&self, record: &[u8], memory: &Memory) -> Pushed {
        let [half, _] = &self.halves;
        lock(half).push(record, memory)
    }

    /// Takes what a half holds and leaves `spare` in its place; hands `spare` back if there is nothing.
    pub(crate) fn swap(&self, half: usize, spare: Vec<u8>, memory: &Memory) -> Result<(Vec<u8>, u64), Vec<u8>> {
        let Some(half) = self.halves.get(half) else { return Err(spare) };
        let mut half = lock(half);
        if half.records == 0 {
            return Err(spare);
        }
        half.room = spare.capacity().min(memory.buffer_limit() / 2);
        let bytes = std::mem::replace(&mut half.bytes, spare);
        Ok((bytes, std::mem::take(&mut half.records)))
    }

    /// Takes the memory of a half that holds nothing.
    pub(crate) fn shrink(&self, memory: &Memory) {
        for half in &self.halves {
            let mut half = lock(half);
            if half.records == 0 {
                let bytes = std::mem::take(&mut half.bytes);
                half.room = 0;
                drop(half);
                memory.recycle(bytes);
            }
        }
    }

    /// Accepts nothing from now on.
    pub(crate) fn close(&self) {
        for half in &self.halves {
            lock(half).closed = true;
        }
    }

    #[inline]
    pub(crate) fn count_opened(&self) {
        self.opened.store(self.opened.load(Relaxed).wrapping_add(1), Relaxed);
    }

    #[inline]
    pub(crate) fn count_ended(&self) {
        self.ended.store(self.ended.load(Relaxed).wrapping_add(1), Relaxed);
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

    /// Whether the room now goes beyond half of what it may become.
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
        let room = if half_full { limit } else { (self.room * 2).clamp(FIRST_ROOM, limit / 2).max(length) };
        if let Some(more) = room.checked_sub(self.bytes.capacity()).filter(|more| *more > 0) {
            if !memory.take(more) {
                return Err(Refusal::Budget);
            }
            let before = self.bytes.capacity();
            self.bytes.reserve_exact(room - self.bytes.len());
            // What the allocator rounded up is charged too, beyond the limit if need be.
            let rounded = (self.bytes.capacity() - before).saturating_sub(more);
            if rounded > 0 && !memory.take(rounded) {
                memory.give(more);
                self.bytes.shrink_to(before);
                return Err(Refusal::Budget);
            }
        }
        self.room = room;
        Ok(half_full)
    }
}
