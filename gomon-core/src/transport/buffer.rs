//! Buffer of one thread, from which the dispatcher takes records.
//!
//! A buffer is a chain of rings. The thread stores records in the last ring, and the dispatcher
//! takes them from the first one. If its ring is full, the thread appends another one, and the
//! dispatcher drops the old one once it is empty. Invariants:
//!
//! * A buffer charges its rings to the memory budget, except for [`MIN_RING`] bytes. So the smallest
//!   ring of an idle thread is free.
//! * Rings grow only while little of the budget is used. A larger ring stays with its thread, as
//!   the dispatcher cannot take it away.
//! * A record larger than a ring gets a ring that fits it, which its thread leaves at once.
//! * After [`Buffer::close`] nothing is accepted. A record that is stored at this moment may still
//!   get in, and is counted as lost when the buffer is dropped.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use crate::sync::{AtomicBool, AtomicU64, AtomicUsize, Mutex, fence, lock};
use crate::transport::memory::{MIN_RING, Memory};
use crate::transport::ring::{Ring, Stored};

/// Factor by which the ring of a thread grows that fills it between two passes of the dispatcher.
const GROWTH: usize = 4;

/// Result of storing a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PushResult {
    Stored,
    /// Stored. The buffer fills or the budget is scarce, so the dispatcher is to be woken.
    Filling,
    Dropped(DropCause),
}

/// Reason why a record was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DropCause {
    /// The tracker exceeded the budget of open trackers.
    OpenBudget,
    /// The buffer of the thread is full.
    Full,
    /// The byte budget is used up.
    Budget,
    /// The monitor was shut down.
    Closed,
}

/// Buffer of one thread.
#[derive(Debug)]
pub(crate) struct Buffer {
    /// The first ring. Only locked by the dispatcher.
    first: Mutex<Arc<Ring>>,
    /// Size of all rings, in bytes.
    size: AtomicUsize,
    closed: AtomicBool,
    memory: Arc<Memory>,
}

/// Number of trackers opened and ended on a thread.
///
/// Only this thread writes them, so no read-modify-write is needed.
#[derive(Debug)]
pub(crate) struct Counts {
    opened: AtomicU64,
    ended: AtomicU64,
}

/// The dispatcher's side of a buffer.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) counts: Arc<Counts>,
    /// Is `None` after the last pass.
    pub(crate) buffer: Option<Arc<Buffer>>,
}

impl Counts {
    /// Returns the number of trackers opened and ended.
    pub(crate) fn get(&self) -> (u64, u64) {
        (self.opened.load(Relaxed), self.ended.load(Relaxed))
    }
}

impl Buffer {
    /// Takes the records, in the order in which the thread stored them. Returns their number.
    /// Called by the dispatcher.
    pub(crate) fn take(&self, mut visit: impl FnMut(&Stored<'_>)) -> u64 {
        let mut first = lock(&self.first);
        let mut taken = 0;
        // A thread that appends rings meanwhile does not keep the dispatcher here.
        let mut left = self.size();
        while let Some(rest) = left.checked_sub(first.size()) {
            if self.closed.load(Relaxed) {
                first.shut();
            }
            let (records, next) = first.take(&mut visit);
            taken += records;
            let Some(next) = next else { break };
            left = rest;
            self.size.fetch_sub(first.size(), Relaxed);
            self.memory.release(first.size());
            *first = next;
        }
        taken
    }

    /// Returns the size of all rings, in bytes.
    fn size(&self) -> usize {
        self.size.load(Relaxed)
    }

    /// Closes the buffer: it accepts nothing more. The next [`take`](Self::take) is the last one.
    pub(crate) fn close(&self) {
        self.closed.store(true, Relaxed);
        fence(SeqCst);
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let lost = self.take(|_| {});
        self.memory.count_lost(lost);
        self.memory.release(self.size() - MIN_RING);
    }
}

/// Producer side of a buffer, owned by its thread.
#[derive(Debug)]
pub(crate) struct Producer {
    buffer: Arc<Buffer>,
    /// The last ring.
    ring: Arc<Ring>,
    /// Dropped last. The dispatcher then knows that the thread stores nothing more.
    counts: Arc<Counts>,
}

impl Producer {
    pub(crate) fn new(memory: Arc<Memory>) -> (Self, Known) {
        let ring = Arc::new(Ring::new(MIN_RING));
        let buffer = Arc::new(Buffer {
            first: Mutex::new(Arc::clone(&ring)),
            size: AtomicUsize::new(MIN_RING),
            closed: AtomicBool::new(false),
            memory,
        });
        let counts = Arc::new(Counts {
            opened: AtomicU64::new(0),
            ended: AtomicU64::new(0),
        });
        let producer = Self {
            buffer: Arc::clone(&buffer),
            ring,
            counts: Arc::clone(&counts),
        };
        let known = Known {
            counts,
            buffer: Some(buffer),
        };
        (producer, known)
    }

    /// Stores a record that is padded to whole words.
    #[inline(always)]
    pub(crate) fn push(&mut self, padded: &[u8]) -> PushResult {
        match self.ring.push(padded) {
            Some(()) => PushResult::Stored,
            None => self
                .push_checked(padded)
                .unwrap_or_else(PushResult::Dropped),
        }
    }

    #[cold]
    #[inline(never)]
    fn push_checked(&mut self, padded: &[u8]) -> Result<PushResult, DropCause> {
        let max_ring = self.buffer.memory.max_ring();
        if let Some(is_filling) = self.push_to_ring(padded)? {
            let is_filling = is_filling && self.ring.size() >= max_ring;
            return Ok(self.filling_if(is_filling));
        }
        let (limit, held) = (self.buffer.memory.buffer_limit(), self.buffer.size());
        if padded.len().max(held) > limit {
            return Err(DropCause::Full);
        }
        let size = self.ring.size().min(max_ring);
        let larger = max_ring.min(size * GROWTH);
        let usual = if self.buffer.memory.may_grow_ring(larger) {
            larger
        } else {
            size
        };
        let needed = padded.len().next_power_of_two();
        let pushed = if needed <= usual {
            self.charge(usual)?;
            self.append(usual);
            self.push_to_ring(padded)
        } else {
            // Charged together, so that the thread does not stay in the large ring.
            self.charge(needed + size)?;
            self.append(needed);
            let pushed = self.push_to_ring(padded);
            self.append(size);
            pushed
        };
        pushed?.ok_or(DropCause::Full)?;
        Ok(self.filling_if(self.buffer.size() > limit / 2))
    }

    /// Stores a record in the last ring, and returns whether the ring is filling. Returns `None` if
    /// the ring is full.
    fn push_to_ring(&self, padded: &[u8]) -> Result<Option<bool>, DropCause> {
        let room = self.ring.find_room(padded.len());
        // Pairs with the fence of `close`: a thread that does not see the flag here has set its
        // bound, and appended its rings, before the last `take`.
        fence(SeqCst);
        if self.buffer.closed.load(Relaxed) {
            self.ring.shut();
            return Err(DropCause::Closed);
        }
        Ok(room.map(|room| {
            self.ring.push_at(&room, padded);
            room.is_filling
        }))
    }

    fn filling_if(&self, is_filling: bool) -> PushResult {
        if is_filling || self.buffer.memory.is_scarce() {
            PushResult::Filling
        } else {
            PushResult::Stored
        }
    }

    /// Charges memory for new rings.
    fn charge(&self, bytes: usize) -> Result<(), DropCause> {
        if !self.buffer.memory.take_unreserved(bytes) {
            return Err(DropCause::Budget);
        }
        self.buffer.size.fetch_add(bytes, Relaxed);
        Ok(())
    }

    /// Continues in a new ring of `bytes` bytes, which are already charged.
    fn append(&mut self, bytes: usize) {
        let ring = Arc::new(Ring::new(bytes));
        self.ring.set_next(Arc::clone(&ring));
        self.ring = ring;
    }

    #[inline]
    pub(crate) fn count_opened(&self) {
        count(&self.counts.opened);
    }

    #[inline]
    pub(crate) fn count_ended(&self) {
        count(&self.counts.ended);
    }
}

/// Increments a counter that only this thread writes.
#[inline]
fn count(counter: &AtomicU64) {
    counter.store(counter.load(Relaxed).wrapping_add(1), Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::scratch::WORD;

    const LIMIT: usize = 8 * 1024 * 1024;

    fn new(limit: usize) -> (Producer, Arc<Buffer>, Arc<Memory>) {
        let memory = Arc::new(Memory::new(limit));
        let (producer, known) = Producer::new(Arc::clone(&memory));
        (producer, known.buffer.unwrap(), memory)
    }

    /// Creates a record of `length` bytes that starts with its length, followed by `number`.
    pub(super) fn record(number: u32, length: usize) -> Vec<u8> {
        let mut record = vec![0; length.next_multiple_of(WORD)];
        record[..4].copy_from_slice(&(length as u32).to_le_bytes());
        record[4..8].copy_from_slice(&number.to_le_bytes());
        record
    }

    /// Takes all records and returns their numbers.
    pub(super) fn take(buffer: &Buffer) -> Vec<u32> {
        let mut numbers = Vec::new();
        let taken = buffer.take(|stored| {
            let mut bytes = Vec::new();
            stored.append_to(&mut bytes);
            numbers.push(u32::from_le_bytes(bytes[4..8].try_into().unwrap()));
        });
        assert_eq!(taken, numbers.len() as u64);
        numbers
    }

    pub(super) fn is_stored(pushed: PushResult) -> bool {
        !matches!(pushed, PushResult::Dropped(_))
    }

    fn fill(producer: &mut Producer, length: usize) -> (u32, DropCause) {
        let mut stored = 0;
        loop {
            match producer.push(&record(stored, length)) {
                PushResult::Dropped(cause) => return (stored, cause),
                _ => stored += 1,
            }
        }
    }

    #[test]
    fn buffer_fills_to_its_limit_and_keeps_the_order() {
        let (mut producer, buffer, memory) = new(LIMIT);
        let (stored, cause) = fill(&mut producer, 1024);
        assert_eq!(cause, DropCause::Full);
        assert!(stored as usize * 1024 > memory.buffer_limit());
        assert!(memory.used() <= memory.buffer_limit() + memory.max_ring());
        assert_eq!(take(&buffer), (0..stored).collect::<Vec<_>>());
        assert_eq!(memory.used(), memory.max_ring() - MIN_RING);
        assert!(is_stored(producer.push(&record(0, 16))));
        drop((producer, buffer));
        assert_eq!((memory.used(), memory.lost()), (0, 1));
    }

    #[test]
    fn idle_thread_with_the_smallest_ring_is_not_charged() {
        let (mut producer, buffer, memory) = new(LIMIT);
        assert!(memory.take(LIMIT / 2));
        for _ in 0..1_000 {
            assert!(is_stored(producer.push(&record(1, 100))));
        }
        assert!(memory.used() > LIMIT / 2 + 100_000);
        assert_eq!(take(&buffer).len(), 1_000);
        assert_eq!(memory.used(), LIMIT / 2);
    }

    #[test]
    fn large_record_leaves_no_large_ring() {
        let (mut producer, buffer, memory) = new(LIMIT);
        assert!(memory.take(LIMIT / 2));
        for number in 0..10 {
            assert!(is_stored(producer.push(&record(number, 50_000))));
        }
        assert_eq!(take(&buffer), (0..10).collect::<Vec<_>>());
        assert_eq!(memory.used(), LIMIT / 2);
        let limit = memory.buffer_limit();
        assert!(is_stored(producer.push(&record(10, limit))));
        assert_eq!(take(&buffer), [10]);
        assert_eq!(memory.used(), LIMIT / 2);
        let pushed = producer.push(&record(11, limit + 1));
        assert_eq!(pushed, PushResult::Dropped(DropCause::Full));
    }

    #[test]
    fn record_beyond_the_budget_is_dropped_and_charges_nothing() {
        let (mut producer, _buffer, memory) = new(LIMIT);
        assert!(memory.take(LIMIT / 4 * 3));
        assert_eq!(fill(&mut producer, 64), (64, DropCause::Budget));
        assert_eq!(memory.used(), LIMIT / 4 * 3);
    }

    #[test]
    fn closed_buffer_accepts_nothing() {
        let (mut producer, buffer, _memory) = new(LIMIT);
        assert_eq!(producer.push(&record(1, 16)), PushResult::Stored);
        buffer.close();
        assert_eq!(take(&buffer), [1]);
        let pushed = producer.push(&record(2, 16));
        assert_eq!(pushed, PushResult::Dropped(DropCause::Closed));
        assert!(take(&buffer).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn records_stay_in_order_while_the_dispatcher_takes(
            steps in proptest::collection::vec((0..100_u32, 72..6_000_usize), 1..200),
        ) {
            let (mut producer, buffer, _memory) = new(1024 * 1024);
            let (mut stored, mut taken) = (Vec::new(), Vec::new());
            let mut number = 0;
            for (count, length) in steps {
                for _ in 0..count {
                    number += 1;
                    if is_stored(producer.push(&record(number, length))) {
                        stored.push(number);
                    }
                }
                taken.extend(take(&buffer));
            }
            taken.extend(take(&buffer));
            proptest::prop_assert_eq!(taken, stored);
        }
    }
}

#[cfg(all(test, loom))]
mod loom_models {
    use loom::thread;

    use super::tests::{is_stored, record, take};
    use super::*;

    /// Length of a record, in bytes. Two fit into the smallest ring.
    const LENGTH: usize = MIN_RING / 2;

    /// Stores records of these lengths. Returns those that the owner stored, those that were taken,
    /// and the number that were lost.
    fn race(takes: usize, lengths: [usize; 3]) -> (Vec<u32>, Vec<u32>, u64) {
        let memory = Arc::new(Memory::new(1024 * 1024));
        let (mut producer, known) = Producer::new(Arc::clone(&memory));
        let buffer = known.buffer.unwrap();
        let owner = thread::spawn(move || {
            (1..)
                .zip(lengths)
                .filter(|(number, length)| is_stored(producer.push(&record(*number, *length))))
                .map(|(number, _)| number)
                .collect::<Vec<_>>()
        });
        let mut taken = Vec::new();
        (0..takes).for_each(|_| taken.extend(take(&buffer)));
        if takes == 0 {
            buffer.close();
            taken.extend(take(&buffer));
        }
        let stored = owner.join().unwrap();
        if takes > 0 {
            taken.extend(take(&buffer));
        }
        drop(buffer);
        assert_eq!(memory.used(), 0);
        (stored, taken, memory.lost())
    }

    fn model(check: impl Fn() + Send + Sync + 'static) {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(check);
    }

    #[test]
    fn records_are_taken_once_and_in_order_while_rings_are_appended() {
        model(|| {
            let (stored, taken, lost) = race(2, [LENGTH; 3]);
            assert_eq!((taken, lost), (stored, 0));
        });
    }

    #[test]
    fn large_record_in_a_ring_between_others_is_taken() {
        model(|| {
            let (stored, taken, lost) = race(2, [LENGTH, 2 * MIN_RING, LENGTH]);
            assert_eq!((taken, lost), (stored, 0));
        });
    }

    /// Stores a record while the buffer is closed, and another one afterwards. `before` records are
    /// stored first, so that the last ones get a new ring.
    fn race_with_close(before: u32) {
        let memory = Arc::new(Memory::new(1024 * 1024));
        let (mut producer, known) = Producer::new(Arc::clone(&memory));
        let buffer = known.buffer.unwrap();
        // A ring has room for four of them. Only the first and the last one need a check.
        let mut push = move |number| producer.push(&record(number, MIN_RING / 4));
        (0..before).for_each(|number| assert!(is_stored(push(number))));
        let closer = thread::spawn(move || {
            buffer.close();
            take(&buffer).len() as u64
        });
        let stored = before + u32::from(is_stored(push(before)));
        let taken = closer.join().unwrap();
        let after = push(before + 1);
        assert_eq!(after, PushResult::Dropped(DropCause::Closed));
        drop(push);
        assert_eq!(taken + memory.lost(), u64::from(stored));
        assert_eq!(memory.used(), 0);
    }

    #[test]
    fn closed_buffer_accepts_nothing() {
        model(|| race_with_close(0));
    }

    #[test]
    fn closed_buffer_accepts_nothing_in_a_new_ring() {
        model(|| race_with_close(4));
    }

    #[test]
    fn close_loses_no_record_uncounted() {
        model(|| {
            let (stored, taken, lost) = race(0, [LENGTH; 3]);
            assert_eq!(taken.len() as u64 + lost, stored.len() as u64);
            assert!(stored.starts_with(&taken));
        });
    }
}
