//! SPSC ring buffer of records.
//!
//! A push takes no lock and executes no instruction that locks the bus. Such an instruction
//! costs 6 ns of the 27 ns of an empty root.
//!
//! Positions count words since the ring was created. A word's index is its position modulo the
//! number of words, which is a power of two. Invariants:
//!
//! * `read <= written <= read + words`. Only the owner moves `written`, only the dispatcher moves
//!   `read`. Words between the two belong to the dispatcher, the others to the owner.
//! * A record is contiguous and padded to whole words. If it does not fit before the end of the
//!   ring, a zero word marks that it is at the beginning.
//! * The owner pushes without checks up to `bound`, which is at most the end of the ring or three
//!   quarters of it.
//! * The owner stores nothing more in a ring that has a successor.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::record::scratch::WORD;
use crate::sync::{AtomicBool, AtomicU64, Mutex, lock};

/// SPSC ring buffer of records.
#[derive(Debug)]
pub(crate) struct Ring {
    words: Box<[AtomicU64]>,
    written: AtomicU64,
    read: AtomicU64,
    bound: AtomicU64,
    has_next: AtomicBool,
    /// Locked by the owner before it sets `has_next`, and by the dispatcher afterwards.
    next: Mutex<Option<Arc<Ring>>>,
}

/// Room for a record in a ring.
pub(crate) struct Room {
    at: u64,
    /// Whether the ring becomes three quarters full.
    pub(crate) is_filling: bool,
}

impl Ring {
    /// Creates a ring of `bytes` bytes, a power of two.
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            words: (0..bytes / WORD).map(|_| AtomicU64::new(0)).collect(),
            written: AtomicU64::new(0),
            read: AtomicU64::new(0),
            bound: AtomicU64::new(0),
            has_next: AtomicBool::new(false),
            next: Mutex::new(None),
        }
    }

    /// Returns the size of the ring in bytes.
    pub(crate) fn size(&self) -> usize {
        self.words.len() * WORD
    }

    /// Stores a record that is padded to whole words, or returns `None` if that needs
    /// [`find_room`](Self::find_room). Called by the owner.
    #[inline(always)]
    pub(crate) fn push(&self, padded: &[u8]) -> Option<()> {
        let at = self.written.load(Relaxed);
        if at + (padded.len() / WORD) as u64 > self.bound.load(Relaxed) {
            return None;
        }
        self.store(at, padded)
    }

    /// Stores a record in the room found for it. Called by the owner.
    pub(crate) fn push_at(&self, room: &Room, padded: &[u8]) {
        self.store(room.at, padded);
    }

    #[inline(always)]
    fn store(&self, at: u64, padded: &[u8]) -> Option<()> {
        let room = self.words.get(self.index(at)..)?;
        let (padded_words, _) = padded.as_chunks::<WORD>();
        for (word, bytes) in room.iter().zip(padded_words) {
            word.store(u64::from_le_bytes(*bytes), Relaxed);
        }
        self.written
            .store(at + (padded.len() / WORD) as u64, Release);
        Some(())
    }

    /// Returns room for a record of `length` bytes, or `None` if the ring is full. Called by the
    /// owner.
    pub(crate) fn find_room(&self, length: usize) -> Option<Room> {
        let length = (length / WORD) as u64;
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
            return None;
        }
        if at > written {
            self.words.get(self.index(written))?.store(0, Relaxed);
        }
        let bound = if end > enough { read + size } else { enough };
        self.bound
            .store(bound.min(at / size * size + size), Relaxed);
        Some(Room {
            at,
            is_filling: written <= enough && end > enough,
        })
    }

    /// Makes the owner call [`find_room`](Self::find_room) for the next record.
    ///
    /// A record that is being stored at this moment may still get in.
    pub(crate) fn shut(&self) {
        self.bound.store(0, Relaxed);
    }

    /// Sets the ring in which the owner continues.
    pub(crate) fn set_next(&self, next: Arc<Ring>) {
        *lock(&self.next) = Some(next);
        self.has_next.store(true, Release);
    }

    /// Removes all records after a call of `visit` for each. Returns their number, and the next
    /// ring if the owner stores nothing more in this one. Called by the dispatcher.
    pub(crate) fn take(&self, mut visit: impl FnMut(&Stored<'_>)) -> (u64, Option<Arc<Ring>>) {
        let has_next = self.has_next.load(Acquire);
        // Read afterwards: final if there is a successor.
        let end = self.written.load(Acquire);
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
        let next = has_next.then(|| lock(&self.next).take()).flatten();
        (records, next)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Room for eight records of two words.
    const SIZE: usize = 128;

    /// Creates a record of `length` bytes that starts with its length and is padded to whole words.
    pub(super) fn record(number: u8, length: usize) -> Vec<u8> {
        let mut record = vec![number; length];
        record[..4].copy_from_slice(&(length as u32).to_le_bytes());
        record.resize(length.next_multiple_of(WORD), 0xff);
        record
    }

    /// Stores a record and returns whether the ring is filling, or `None` if it is full.
    pub(super) fn push(ring: &Ring, padded: &[u8]) -> Option<bool> {
        if ring.push(padded).is_some() {
            return Some(false);
        }
        let room = ring.find_room(padded.len())?;
        ring.push_at(&room, padded);
        Some(room.is_filling)
    }

    /// Takes all records and returns their numbers.
    pub(super) fn numbers(ring: &Ring) -> Vec<u8> {
        let mut bytes = Vec::new();
        let (records, _) = ring.take(|stored| stored.append_to(&mut bytes));
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
        let ring = Ring::new(4 * SIZE);
        for round in 0..50_u8 {
            let length = 5 + usize::from(round) % 40;
            assert!(push(&ring, &record(round, length)).is_some());
            assert!(push(&ring, &record(round + 100, 9)).is_some());
            assert_eq!(numbers(&ring), [round, round + 100]);
        }
    }

    #[test]
    fn full_ring_accepts_nothing_until_records_are_taken() {
        let ring = Ring::new(SIZE);
        let stored = (0..20).take_while(|number| push(&ring, &record(*number, 16)).is_some());
        assert_eq!(stored.count(), 8);
        assert_eq!(push(&ring, &record(20, 16)), None);
        assert_eq!(numbers(&ring).len(), 8);
        assert!(push(&ring, &record(22, 16)).is_some());
        assert_eq!(numbers(&ring), [22]);
    }

    #[test]
    fn ring_reports_once_that_it_is_filling() {
        let ring = Ring::new(8 * 1024);
        let pushed: Vec<_> = (0..=255)
            .cycle()
            .map_while(|number| push(&ring, &record(number, 16)))
            .collect();
        let reports: Vec<_> = (0..pushed.len()).filter(|at| pushed[*at]).collect();
        // Each record has two words. The first one in the last quarter is reported.
        assert_eq!((pushed.len(), reports), (512, vec![384]));
    }

    #[test]
    fn record_larger_than_the_ring_is_rejected() {
        assert_eq!(push(&Ring::new(SIZE), &record(1, SIZE + 1)), None);
    }
}

#[cfg(all(test, loom))]
mod loom_models {
    use loom::thread;

    use super::tests::{numbers, push, record};
    use super::*;

    #[test]
    fn records_are_whole_and_in_order_while_the_ring_wraps() {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(|| {
            let ring = Arc::new(Ring::new(64));
            let owner = thread::spawn({
                let ring = Arc::clone(&ring);
                move || {
                    let store = |number: &u8| push(&ring, &record(*number, 20)).is_some();
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
}
