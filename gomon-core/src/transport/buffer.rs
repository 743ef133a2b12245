//! Buffer of one thread, from which the dispatcher takes records.
//!
//! A buffer is a pair of sides, each behind a mutex that its thread only tries to lock. The
//! dispatcher locks at most one side, and only to swap its contents, so the thread finds the other
//! one free. A busy thread is also offered a [`Ring`]. It falls back to the sides when the ring is
//! full. Invariants:
//!
//! * A side with zero `records` has no bytes. A side holds whole records only.
//! * A thread fills one side until it finds it locked, then the other one. Another thread that
//!   locks a side takes all its records. So at most one side holds records while none is locked,
//!   and the records of a thread stay in the order of their ends. (`close` takes nothing. It locks
//!   the sides in the order in which they are taken.)
//! * The ring is shut while a side holds records, so records in the ring are older. The thread
//!   opens an empty ring again under the lock of an empty side.
//! * Memory is charged before a side grows. A side never grows beyond [`Memory::buffer_limit`].
//! * After [`Buffer::close`] nothing is accepted, so later counts are final.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::sync::{AtomicBool, AtomicU64, AtomicUsize, Mutex, lock, try_lock};
use crate::transport::memory::Memory;
use crate::transport::ring::Ring;

/// Initial capacity of a side, in bytes.
pub(crate) const INITIAL_CAPACITY: usize = 16 * 1024;

/// Result of storing a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PushResult {
    Stored,
    /// Stored. The side is half full or the budget is scarce, so the dispatcher is to be woken.
    HalfFull,
    Dropped(DropCause),
}

/// Reason why a record was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DropCause {
    /// The buffer of the thread is full.
    Full,
    /// The byte budget is used up.
    Budget,
    /// Both sides were locked. This needs many threads on one buffer.
    Contended,
    /// The monitor was shut down.
    Closed,
}

/// Buffer of one thread.
#[derive(Debug)]
pub(crate) struct Buffer {
    sides: [Mutex<Side>; 2],
    /// Ring that the thread has not picked up yet.
    offer: Mutex<Option<Arc<Ring>>>,
    is_offered: AtomicBool,
    /// Index of the side that is being active.
    ///
    /// Only this thread writes it and the two counters below, so no read-modify-write is needed.
    active: AtomicUsize,
    /// Trackers opened and ended on this thread.
    opened: AtomicU64,
    ended: AtomicU64,
}

#[derive(Debug, Default)]
struct Side {
    bytes: Vec<u8>,
    records: u64,
    /// Length up to which records are stored without further checks.
    room: usize,
    closed: bool,
}

/// Contents of a side.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) bytes: Vec<u8>,
    pub(crate) records: u64,
    /// Position in the ring up to which its records are older.
    pub(crate) ring_end: u64,
}

/// Part of the contents of a buffer.
#[derive(Debug)]
pub(crate) enum Drained<'b> {
    /// The records in the ring up to this position.
    Ring(&'b Ring, u64),
    /// The bytes of a side and the number of its records.
    Side(Vec<u8>, u64),
}

impl Buffer {
    pub(crate) fn new() -> Self {
        Self {
            sides: [Mutex::new(Side::default()), Mutex::new(Side::default())],
            offer: Mutex::new(None),
            is_offered: AtomicBool::new(false),
            active: AtomicUsize::new(0),
            opened: AtomicU64::new(0),
            ended: AtomicU64::new(0),
        }
    }

    #[cold]
    #[inline(never)]
    fn push_to_other_side(&self, record: &[u8], memory: &Memory) -> PushResult {
        for _ in 0..3 {
            let active = 1 - self.active.load(Relaxed);
            self.active.store(active, Relaxed);
            if let Some(mut side) = self.sides.get(active).and_then(try_lock) {
                return side.push(record, memory);
            }
        }
        PushResult::Dropped(DropCause::Contended)
    }

    /// Stores a record of any thread.
    ///
    /// Waits for the lock of a side, which is only held for a moment.
    pub(crate) fn push_shared(&self, record: &[u8], memory: &Memory) -> PushResult {
        let [side, _] = &self.sides;
        lock(side).push(record, memory)
    }

    /// Offers the thread a ring. Called by the dispatcher.
    pub(crate) fn offer(&self, ring: Arc<Ring>) {
        *lock(&self.offer) = Some(ring);
        self.is_offered.store(true, Release);
    }

    /// Passes all records to `accept`, in the order in which the thread stored them. Called by the
    /// dispatcher.
    ///
    /// Sides are emptied as by [`take`](Self::take).
    pub(crate) fn drain(
        &self,
        ring: Option<&Ring>,
        memory: &Memory,
        shrink: bool,
        mut accept: impl FnMut(Drained<'_>),
    ) {
        for side in 0..2 {
            let Some(taken) = self.take(side, ring, memory, shrink) else {
                continue;
            };
            if let Some(ring) = ring {
                accept(Drained::Ring(ring, taken.ring_end));
            }
            accept(Drained::Side(taken.bytes, taken.records));
        }
        if let Some(ring) = ring {
            accept(Drained::Ring(ring, ring.written()));
        }
    }

    /// Takes the records of a side, or returns `None` if there are none.
    ///
    /// The side gets a spare buffer. With `shrink` it gets none, and its memory is taken even
    /// without records.
    pub(crate) fn take(
        &self,
        side: usize,
        ring: Option<&Ring>,
        memory: &Memory,
        shrink: bool,
    ) -> Option<Taken> {
        let mut side = lock(self.sides.get(side)?);
        if side.records == 0 && !shrink {
            return None;
        }
        let spare = if shrink { Vec::new() } else { memory.spare() };
        side.room = spare.capacity().min(memory.buffer_limit() / 2);
        Some(Taken {
            bytes: std::mem::replace(&mut side.bytes, spare),
            records: std::mem::take(&mut side.records),
            // Read under the lock, while the ring is still shut.
            ring_end: ring.map_or(0, Ring::written),
        })
    }

    /// Closes the buffer: it accepts nothing more.
    pub(crate) fn close(&self) {
        for side in &self.sides {
            lock(side).closed = true;
        }
        lock(&self.offer).take();
    }

    /// Returns the number of trackers opened and ended on this thread.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.opened.load(Relaxed), self.ended.load(Relaxed))
    }
}

/// Producer side of a buffer, owned by its thread.
#[derive(Debug)]
pub(crate) struct Producer {
    buffer: Arc<Buffer>,
    ring: Option<Arc<Ring>>,
}

impl Producer {
    pub(crate) fn new(buffer: Arc<Buffer>) -> Self {
        Self { buffer, ring: None }
    }

    /// Stores the record in the first `length` bytes of `padded`, which is padded to whole words.
    #[inline(always)]
    pub(crate) fn push(&mut self, padded: &[u8], length: usize, memory: &Memory) -> PushResult {
        self.ring
            .as_ref()
            .and_then(|ring| ring.push(padded))
            .unwrap_or_else(|| self.push_to_side(padded, length, memory))
    }

    #[inline(never)]
    fn push_to_side(&mut self, padded: &[u8], length: usize, memory: &Memory) -> PushResult {
        let record = padded.get(..length).unwrap_or(padded);
        let buffer = &*self.buffer;
        let active = buffer.sides.get(buffer.active.load(Relaxed));
        let Some(mut side) = active.and_then(try_lock) else {
            return buffer.push_to_other_side(record, memory);
        };
        if buffer.is_offered.load(Acquire) {
            buffer.is_offered.store(false, Relaxed);
            self.ring = try_lock(&buffer.offer).and_then(|mut offer| offer.take());
        }
        if let (Some(ring), 0) = (&self.ring, side.records) {
            ring.reopen();
            if let Some(pushed) = ring.push(padded) {
                return pushed;
            }
        }
        side.push(record, memory)
    }

    #[inline]
    pub(crate) fn count_opened(&self) {
        count(&self.buffer.opened);
    }

    #[inline]
    pub(crate) fn count_ended(&self) {
        count(&self.buffer.ended);
    }
}

/// Increments a counter that only this thread writes.
#[inline]
fn count(counter: &AtomicU64) {
    counter.store(counter.load(Relaxed).wrapping_add(1), Relaxed);
}

impl Side {
    fn push(&mut self, record: &[u8], memory: &Memory) -> PushResult {
        let length = self.bytes.len() + record.len();
        let mut pushed = PushResult::Stored;
        if length > self.room || self.closed {
            match self.make_room(length, memory) {
                Ok(half_full) if half_full => pushed = PushResult::HalfFull,
                Ok(_) => {}
                Err(cause) => return PushResult::Dropped(cause),
            }
        }
        self.bytes.extend_from_slice(record);
        self.records += 1;
        pushed
    }

    /// Makes room for `length` bytes. Returns whether the side is half full or the budget is
    /// scarce.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self, length: usize, memory: &Memory) -> Result<bool, DropCause> {
        if self.closed {
            return Err(DropCause::Closed);
        }
        let limit = memory.buffer_limit();
        if length > limit {
            return Err(DropCause::Full);
        }
        let half_full = length > limit / 2;
        let room = if half_full {
            limit
        } else {
            (self.room * 2)
                .clamp(INITIAL_CAPACITY, limit / 2)
                .max(length)
        };
        if room > self.bytes.capacity()
            && !memory.grow(&mut self.bytes, room, Memory::take_for_buffer)
        {
            return Err(DropCause::Budget);
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

    fn new_producer() -> Producer {
        Producer::new(Arc::new(Buffer::new()))
    }

    fn fill(producer: &mut Producer, memory: &Memory) -> (Vec<PushResult>, PushResult) {
        let mut pushed = Vec::new();
        loop {
            match producer.push(&RECORD, RECORD.len(), memory) {
                dropped @ PushResult::Dropped(_) => return (pushed, dropped),
                stored => pushed.push(stored),
            }
        }
    }

    #[test]
    fn side_fills_to_its_limit_and_reports_half_full_once() {
        let (mut producer, memory) = (new_producer(), Memory::new(LIMIT));
        let buffer = Arc::clone(&producer.buffer);
        let (pushed, dropped) = fill(&mut producer, &memory);
        assert_eq!(dropped, PushResult::Dropped(DropCause::Full));
        assert_eq!(pushed.len(), memory.buffer_limit() / RECORD.len());
        assert_eq!(
            pushed
                .iter()
                .filter(|result| **result == PushResult::HalfFull)
                .count(),
            1
        );
        let Taken { bytes, records, .. } = buffer.take(0, None, &memory, true).unwrap();
        assert_eq!(
            (bytes.len(), records),
            (pushed.len() * RECORD.len(), pushed.len() as u64)
        );
        memory.free(bytes);
        assert_eq!(memory.used(), 0);
    }

    #[test]
    fn record_beyond_the_budget_is_dropped_and_charges_nothing() {
        let (mut producer, memory) = (new_producer(), Memory::new(LIMIT));
        assert!(memory.take(LIMIT / 4 * 3));
        assert_eq!(
            producer.push(&RECORD, RECORD.len(), &memory),
            PushResult::Dropped(DropCause::Budget)
        );
        assert_eq!(memory.used(), LIMIT / 4 * 3);
    }

    #[test]
    fn first_record_wakes_the_dispatcher_when_the_budget_is_scarce() {
        let (mut producer, memory) = (new_producer(), Memory::new(LIMIT));
        assert_eq!(
            producer.push(&RECORD, RECORD.len(), &memory),
            PushResult::Stored
        );
        assert!(memory.take(LIMIT / 8 * 5));
        assert_eq!(
            new_producer().push(&RECORD, RECORD.len(), &memory),
            PushResult::HalfFull
        );
    }

    #[test]
    fn closed_buffer_accepts_nothing() {
        let (mut producer, memory) = (new_producer(), Memory::new(LIMIT));
        let buffer = Arc::clone(&producer.buffer);
        assert_eq!(
            producer.push(&RECORD, RECORD.len(), &memory),
            PushResult::Stored
        );
        buffer.close();
        assert_eq!(
            producer.push(&RECORD, RECORD.len(), &memory),
            PushResult::Dropped(DropCause::Closed)
        );
        assert_eq!(
            buffer.push_shared(&RECORD, &memory),
            PushResult::Dropped(DropCause::Closed)
        );
        assert_eq!(
            buffer
                .take(0, None, &memory, true)
                .map(|taken| taken.records),
            Some(1)
        );
    }

    #[test]
    fn thread_stays_in_the_side_that_it_switched_to() {
        let (mut producer, memory) = (new_producer(), Memory::new(LIMIT));
        let buffer = Arc::clone(&producer.buffer);
        let locked = lock(&buffer.sides[0]);
        assert_eq!(
            producer.push(&RECORD, RECORD.len(), &memory),
            PushResult::Stored
        );
        drop(locked);
        assert_eq!(
            producer.push(&RECORD, RECORD.len(), &memory),
            PushResult::Stored
        );
        assert!(buffer.take(0, None, &memory, false).is_none());
        assert_eq!(
            buffer
                .take(1, None, &memory, false)
                .map(|taken| taken.records),
            Some(2)
        );
    }

    /// Creates a record that starts with its length, followed by `number`.
    fn numbered(number: u32, length: usize) -> Vec<u8> {
        let mut record = vec![0; length.next_multiple_of(8)];
        record[..4].copy_from_slice(&(length as u32).to_le_bytes());
        record[4..8].copy_from_slice(&number.to_le_bytes());
        record
    }

    fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
        let mut rest = bytes;
        std::iter::from_fn(move || {
            let (record, tail) = crate::record::layout::split_first(rest)?;
            rest = tail;
            Some(u32::from_le_bytes(record[4..8].try_into().unwrap()))
        })
    }

    proptest::proptest! {
        // The thread stores records between the steps of the dispatcher. They overflow a small ring
        // again and again.
        #[test]
        fn records_stay_in_order_while_the_dispatcher_drains(
            steps in proptest::collection::vec((0..40_u32, 72..600_usize), 1..200),
        ) {
            let (mut producer, memory) = (new_producer(), Arc::new(Memory::new(1024 * 1024)));
            let buffer = Arc::clone(&producer.buffer);
            let (mut stored, mut taken) = (Vec::new(), Vec::new());
            let ring = Arc::new(Ring::try_new(&memory).unwrap());
            buffer.offer(Arc::clone(&ring));
            let mut steps = steps.into_iter();
            let mut number = 0;
            let mut push_more = |stored: &mut Vec<u32>| {
                let Some((count, length)) = steps.next() else { return false };
                for _ in 0..count {
                    number += 1;
                    let pushed = producer.push(&numbered(number, length), length, &memory);
                    if !matches!(pushed, PushResult::Dropped(_)) {
                        stored.push(number);
                    }
                }
                true
            };
            let mut is_last = false;
            while !is_last {
                is_last = !push_more(&mut stored);
                buffer.drain(Some(&ring), &memory, false, |drained| {
                    push_more(&mut stored);
                    match drained {
                        Drained::Ring(ring, end) => {
                            let mut bytes = Vec::new();
                            ring.take(end, |stored| stored.append_to(&mut bytes));
                            taken.extend(numbers(&bytes));
                        }
                        Drained::Side(bytes, _) => {
                            taken.extend(numbers(&bytes));
                            memory.recycle(bytes);
                        }
                    }
                    push_more(&mut stored);
                });
            }
            buffer.drain(Some(&ring), &memory, true, |drained| match drained {
                Drained::Ring(ring, end) => {
                    let mut bytes = Vec::new();
                    ring.take(end, |stored| stored.append_to(&mut bytes));
                    taken.extend(numbers(&bytes));
                }
                Drained::Side(bytes, _) => {
                    taken.extend(numbers(&bytes));
                    memory.free(bytes);
                }
            });
            proptest::prop_assert_eq!(taken, stored);
        }
    }

    #[test]
    fn record_is_dropped_while_both_sides_are_locked() {
        let (mut producer, memory) = (new_producer(), Memory::new(LIMIT));
        let buffer = Arc::clone(&producer.buffer);
        let _locked = (lock(&buffer.sides[0]), lock(&buffer.sides[1]));
        assert_eq!(
            producer.push(&RECORD, RECORD.len(), &memory),
            PushResult::Dropped(DropCause::Contended)
        );
    }
}

// Loom does not explore a `try_lock` that fails while another thread holds the lock. The test
// `thread_stays_in_the_side_that_it_switched_to` covers it.
#[cfg(all(test, loom))]
mod loom_models {
    use std::sync::Arc;

    use loom::thread;

    use super::*;

    /// Returns the records that the owner stored and those that were taken.
    fn race(before_close: &[bool]) -> (Vec<u8>, Vec<u8>) {
        let mut producer = Producer::new(Arc::new(Buffer::new()));
        let buffer = Arc::clone(&producer.buffer);
        let memory = Arc::new(Memory::new(1024 * 1024));
        // Stored beforehand, so that the first take has work to do under the lock.
        assert_eq!(producer.push(&[1, 1], 2, &memory), PushResult::Stored);
        let owner = thread::spawn({
            let memory = Arc::clone(&memory);
            move || {
                let is_stored = |n: &u8| {
                    !matches!(producer.push(&[*n, *n], 2, &memory), PushResult::Dropped(_))
                };
                (2..=3_u8).filter(is_stored).collect::<Vec<_>>()
            }
        });
        let mut taken = Vec::new();
        let mut take = |shrink| {
            for side in 0..2 {
                if let Some(Taken { bytes, records, .. }) = buffer.take(side, None, &memory, shrink)
                {
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
        stored.extend(owner.join().unwrap());
        assert!((0..2).all(|side| buffer.take(side, None, &memory, false).is_none()));
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

    /// The thread switches from a side to a ring of two records and back while the dispatcher takes
    /// records.
    #[test]
    fn records_stay_in_order_between_ring_and_sides() {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(|| {
            let mut producer = Producer::new(Arc::new(Buffer::new()));
            let buffer = Arc::clone(&producer.buffer);
            let memory = Arc::new(Memory::new(1024 * 1024));
            memory.take_ring().expect("there is memory");
            let ring = Arc::new(Ring::with_words(4, &memory));
            buffer.offer(Arc::clone(&ring));
            let record = |number: u8| [16, 0, 0, 0, number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            let owner = thread::spawn({
                let memory = Arc::clone(&memory);
                move || {
                    let is_stored = |n: &u8| {
                        !matches!(
                            producer.push(&record(*n), 16, &memory),
                            PushResult::Dropped(_)
                        )
                    };
                    (1..=4_u8).filter(is_stored).collect::<Vec<_>>()
                }
            });
            let mut taken = Vec::new();
            let mut drain = || {
                buffer.drain(Some(&ring), &memory, false, |drained| {
                    let mut records = Vec::new();
                    match drained {
                        Drained::Ring(ring, end) => {
                            ring.take(end, |stored| stored.append_to(&mut records));
                        }
                        Drained::Side(bytes, _) => records = bytes,
                    }
                    taken.extend(records.chunks(16).map(|record| record[4]));
                });
            };
            drain();
            drain();
            let stored = owner.join().unwrap();
            drain();
            assert_eq!(taken, stored);
        });
    }

    #[test]
    fn stored_records_are_taken_once_and_in_order() {
        check(&[false, false]);
    }

    #[test]
    fn shrinking_loses_nothing() {
        check(&[true]);
    }

    #[test]
    fn nothing_is_stored_after_close() {
        loom::model(|| {
            let (stored, taken) = race(&[]);
            assert_eq!(stored, taken);
        });
    }
}
