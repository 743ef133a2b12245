//! SPSC ring buffer from a busy thread to the dispatcher.
//!
//! A push takes no lock and executes no instruction that locks the bus. Such an instruction costs 6
//! ns of the 27 ns of an empty root.
//!
//! Positions count words since the ring was created. A word's index is its position modulo the
//! number of words, which is a power of two. Invariants:
//!
//! * `read <= written <= read + words`. Only the owner moves `written`, only the dispatcher moves
//!   `read`. Words between the two belong to the dispatcher, the others to the owner.
//! * A record is contiguous and padded to whole words. If it does not fit before the end of the
//!   ring, a zero word marks that it is at the beginning.
//! * The dispatcher cannot take a ring away from its thread. It is freed when the thread ends or
//!   starts to use another monitor after a shutdown.
//! * The owner pushes without checks up to `bound`, which is at most the end of the ring or three
//!   quarters of it.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

use crate::record::scratch::WORD;
use crate::sync::{AtomicBool, AtomicU64};
use crate::transport::buffer::PushResult;
use crate::transport::memory::Memory;

/// SPSC ring buffer of records.
#[derive(Debug)]
pub(crate) struct Ring {
    words: Box<[AtomicU64]>,
    written: AtomicU64,
    read: AtomicU64,
    bound: AtomicU64,
    /// Whether the ring was full. It then accepts nothing until the owner finds it empty.
    shut: AtomicBool,
    /// Whether the ring accepts nothing more.
    closed: AtomicBool,
    memory: Arc<Memory>,
}

impl Ring {
    /// Creates a shut ring, or returns `None` if `memory` has no room for it.
    ///
    /// The memory is charged until the ring is dropped.
    pub(crate) fn try_new(memory: &Arc<Memory>) -> Option<Self> {
        Some(Self::with_words(memory.take_ring()? / WORD, memory))
    }

    /// Creates a shut ring of `words` words, a power of two whose memory is already charged.
    pub(crate) fn with_words(words: usize, memory: &Arc<Memory>) -> Self {
        Self {
            words: (0..words).map(|_| AtomicU64::new(0)).collect(),
            written: AtomicU64::new(0),
            read: AtomicU64::new(0),
            bound: AtomicU64::new(0),
            shut: AtomicBool::new(true),
            closed: AtomicBool::new(false),
            memory: Arc::clone(memory),
        }
    }

    /// Stores a record that is padded to whole words, or returns `None` if there is no room. Called
    /// by the owner.
    #[inline(always)]
    pub(crate) fn push(&self, padded: &[u8]) -> Option<PushResult> {
        let length = padded.len() / WORD;
        let mut at = self.written.load(Relaxed);
        let mut pushed = PushResult::Stored;
        if at + length as u64 > self.bound.load(Relaxed) {
            (at, pushed) = self.find_room(length as u64)?;
        }
        let room = self.words.get(self.index(at)..)?;
        for (word, bytes) in room.iter().zip(padded.chunks_exact(WORD)) {
            let bytes = bytes.first_chunk().copied().unwrap_or_default();
            word.store(u64::from_le_bytes(bytes), Relaxed);
        }
        self.written.store(at + length as u64, Release);
        Some(pushed)
    }

    /// Returns the position of a record of `length` words, and whether the dispatcher is to be
    /// woken.
    #[cold]
    #[inline(never)]
    fn find_room(&self, length: u64) -> Option<(u64, PushResult)> {
        if self.shut.load(Relaxed) {
            return None;
        }
        let size = self.words.len() as u64;
        let (written, read) = (self.written.load(Relaxed), self.read.load(Acquire));
        let end_of_ring = written.next_multiple_of(size);
        let at = if written + length > end_of_ring {
            end_of_ring
        } else {
            written
        };
        let (end, enough) = (at + length, read + size / 4 * 3);
        if end > read + size {
            self.shut.store(true, Relaxed);
            self.bound.store(0, Relaxed);
            return None;
        }
        if at > written {
            self.words.get(self.index(written))?.store(0, Relaxed);
        }
        let bound = if end > enough { read + size } else { enough };
        self.bound.store(bound.min(at / size * size + size), SeqCst);
        if self.closed.load(SeqCst) {
            self.bound.store(0, Relaxed);
            return None;
        }
        let pushed = if written <= enough && end > enough {
            PushResult::HalfFull
        } else {
            PushResult::Stored
        };
        Some((at, pushed))
    }

    /// Opens the ring if the dispatcher has taken all its records. Called by the owner.
    ///
    /// The dispatcher must also have taken everything that the owner stored elsewhere meanwhile.
    pub(crate) fn reopen(&self) {
        if self.read.load(Acquire) == self.written.load(Relaxed) {
            self.shut.store(false, Relaxed);
        }
    }

    /// Closes the ring: the owner can store nothing more.
    ///
    /// A record that is being stored at this moment may still get in. It is counted when the ring
    /// is dropped.
    ///
    /// All four accesses are sequentially consistent: an owner that does not see the flag has set
    /// its bound before this store.
    pub(crate) fn close(&self) {
        self.closed.store(true, SeqCst);
        self.bound.store(0, SeqCst);
    }

    /// Returns the position up to which the owner has written.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Acquire)
    }

    /// Removes each record up to `end` after a call of `visit`, and returns their number. Called by
    /// the dispatcher.
    pub(crate) fn take(&self, end: u64, mut visit: impl FnMut(&Stored<'_>)) -> u64 {
        let (mut read, mut records) = (self.read.load(Relaxed), 0);
        while read < end {
            let rest = self.words.get(self.index(read)..).unwrap_or_default();
            let length = rest.first().map_or(0, |first| first.load(Relaxed) as u32);
            let words = (length as usize).div_ceil(WORD);
            if let (1.., Some(record)) = (words, rest.get(..words)) {
                visit(&Stored {
                    words: record,
                    length: length as usize,
                });
                records += 1;
                read += words as u64;
            } else {
                read += rest.len().max(1) as u64;
            }
        }
        self.read.store(read, Release);
        records
    }

    #[inline]
    fn index(&self, position: u64) -> usize {
        // The number of words is a power of two.
        position as usize & (self.words.len() - 1)
    }
}

/// A record in a ring.
#[derive(Debug)]
pub(crate) struct Stored<'r> {
    words: &'r [AtomicU64],
    length: usize,
}

impl Stored<'_> {
    /// Returns the number of bytes to reserve for [`append_to`](Self::append_to), up to seven more
    /// than it appends.
    pub(crate) fn room(&self) -> usize {
        self.words.len() * WORD
    }

    pub(crate) fn append_to(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.resize(start + self.room(), 0);
        let room = out.get_mut(start..).unwrap_or_default();
        for (bytes, word) in room.chunks_exact_mut(WORD).zip(self.words) {
            bytes.copy_from_slice(&word.load(Relaxed).to_le_bytes());
        }
        out.truncate(start + self.length);
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        let lost = self.take(self.written(), |_| {});
        self.memory.release_ring(self.words.len() * WORD, lost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Room for eight records of two words.
    const WORDS: usize = 16;

    pub(super) fn ring(words: usize) -> (Ring, Arc<Memory>) {
        let memory = Arc::new(Memory::new(1024 * 1024));
        assert!(memory.take_ring().is_some());
        let ring = Ring::with_words(words, &memory);
        ring.reopen();
        (ring, memory)
    }

    /// Creates a record of `length` bytes that starts with its length and is padded to whole words.
    pub(super) fn record(number: u8, length: usize) -> Vec<u8> {
        let mut record = vec![number; length];
        record[..4].copy_from_slice(&(length as u32).to_le_bytes());
        record.resize(length.next_multiple_of(WORD), 0xff);
        record
    }

    /// Takes all records and returns their numbers.
    pub(super) fn numbers(ring: &Ring) -> Vec<u8> {
        let mut bytes = Vec::new();
        let records = ring.take(ring.written(), |stored| stored.append_to(&mut bytes));
        let mut rest = bytes.as_slice();
        let mut numbers = Vec::new();
        while let Some(length) = rest.first_chunk() {
            let (record, tail) = rest.split_at(u32::from_le_bytes(*length) as usize);
            assert!(record[4..].iter().all(|byte| *byte == record[4]));
            numbers.push(record[4]);
            rest = tail;
        }
        assert_eq!(records, numbers.len() as u64);
        numbers
    }

    #[test]
    fn records_are_taken_in_order_and_unchanged() {
        let (ring, _memory) = ring(4 * WORDS);
        for round in 0..50_u8 {
            let length = 5 + usize::from(round) % 40;
            assert!(ring.push(&record(round, length)).is_some());
            assert!(ring.push(&record(round + 100, 9)).is_some());
            assert_eq!(numbers(&ring), [round, round + 100]);
        }
    }

    #[test]
    fn full_ring_accepts_nothing_until_it_is_empty() {
        let (ring, _memory) = ring(WORDS);
        let stored = (0..20).take_while(|number| ring.push(&record(*number, 16)).is_some());
        assert_eq!(stored.count(), WORDS / 2);
        ring.reopen();
        assert_eq!(ring.push(&record(20, 16)), None);
        assert_eq!(numbers(&ring).len(), WORDS / 2);
        assert_eq!(ring.push(&record(21, 16)), None);
        ring.reopen();
        assert!(ring.push(&record(22, 16)).is_some());
        assert_eq!(numbers(&ring), [22]);
    }

    #[test]
    fn dispatcher_is_woken_once_before_the_ring_is_full() {
        let (ring, _memory) = ring(1024);
        let pushed: Vec<_> = (0..=255)
            .cycle()
            .map_while(|number| ring.push(&record(number, 16)))
            .collect();
        let wake_ups: Vec<_> = (0..pushed.len())
            .filter(|at| pushed[*at] == PushResult::HalfFull)
            .collect();
        // Each record has two words. The first one in the last quarter wakes the dispatcher.
        assert_eq!((pushed.len(), wake_ups), (512, vec![384]));
    }

    #[test]
    fn record_larger_than_the_ring_is_rejected() {
        let (ring, _memory) = ring(WORDS);
        assert_eq!(ring.push(&record(1, WORDS * WORD + 1)), None);
    }

    #[test]
    fn closed_ring_accepts_nothing() {
        let (ring, _memory) = ring(WORDS);
        assert!(ring.push(&record(1, 16)).is_some());
        ring.close();
        assert_eq!(ring.push(&record(2, 16)), None);
        assert_eq!(numbers(&ring), [1]);
    }

    #[test]
    fn dropped_ring_counts_its_records_and_frees_its_memory() {
        let (ring, memory) = ring(WORDS);
        assert!(ring.push(&record(1, 16)).is_some() && ring.push(&record(2, 30)).is_some());
        let used = memory.used();
        drop(ring);
        assert_eq!((memory.lost(), used - memory.used()), (2, WORDS * WORD));
    }
}

#[cfg(all(test, loom))]
mod loom_models {
    use loom::thread;

    use super::tests::numbers;
    use super::tests::record;
    use super::tests::ring;
    use super::*;

    #[test]
    fn records_are_whole_and_in_order_while_the_ring_wraps() {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(|| {
            let ring = Arc::new(ring(8).0);
            let owner = thread::spawn({
                let ring = Arc::clone(&ring);
                move || {
                    let store = |number: &u8| {
                        ring.reopen();
                        ring.push(&record(*number, 20)).is_some()
                    };
                    (1..=4_u8).filter(store).collect::<Vec<_>>()
                }
            });
            let mut taken = numbers(&ring);
            taken.extend(numbers(&ring));
            let stored = owner.join().expect("the owner ends");
            taken.extend(numbers(&ring));
            assert_eq!(taken, stored);
        });
    }

    #[test]
    fn close_loses_no_record_uncounted() {
        loom::model(|| {
            let (ring, memory) = ring(8);
            let ring = Arc::new(ring);
            let owner = thread::spawn({
                let ring = Arc::clone(&ring);
                move || {
                    [1, 2]
                        .iter()
                        .filter(|number| ring.push(&record(**number, 16)).is_some())
                        .count()
                }
            });
            ring.close();
            let taken = numbers(&ring).len();
            let stored = owner.join().expect("the owner ends");
            drop(ring);
            assert_eq!(taken as u64 + memory.lost(), stored as u64);
        });
    }
}
