//! The fast way of a busy thread's records to the dispatcher: a ring that one thread fills and another empties, with neither
//! a lock nor an instruction that locks the bus, which cost 6 ns of the 27 that an empty root took.
//!
//! Positions count words from the beginning of time; a word's place is its position modulo the number of words, which is
//! a power of two. Invariants:
//!
//! * `read <= written <= read + words`; the owner alone moves `written`, the dispatcher alone `read`. Words between the
//!   two belong to the dispatcher, the others to the owner.
//! * A record stands in one piece, padded to whole words. Where one does not fit before the end of the ring, a word of
//!   zero says that it is at the beginning.
//! * The dispatcher cannot take its memory from a thread: a lane goes when its thread ends, or turns to another monitor
//!   after a shutdown.
//! * Up to `bound`, the end of the ring or three quarters at the latest, the owner writes without looking.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

use crate::record::scratch::WORD;
use crate::sync::{AtomicBool, AtomicU64};
use crate::transport::buffer::Pushed;
use crate::transport::memory::Memory;

/// A ring of records from one thread to the dispatcher.
#[derive(Debug)]
pub(crate) struct Lane {
    words: Box<[AtomicU64]>,
    written: AtomicU64,
    read: AtomicU64,
    bound: AtomicU64,
    /// It was full, and takes nothing until the owner finds it empty.
    shut: AtomicBool,
    /// Nothing is taken any more.
    closed: AtomicBool,
    memory: Arc<Memory>,
}

impl Lane {
    /// One that is shut; `None` if `memory` has no room for it, which it charges until it is dropped.
    pub(crate) fn shut(memory: &Arc<Memory>) -> Option<Self> {
        Some(Self::of(memory.take_lane()? / WORD, memory))
    }

    /// For the memory of so many words, a power of two, that was charged.
    pub(crate) fn of(words: usize, memory: &Arc<Memory>) -> Self {
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

    /// Stores a record, padded to whole words; `None` if there is no room. For the owner.
    #[inline(always)]
    pub(crate) fn push(&self, padded: &[u8]) -> Option<Pushed> {
        let length = padded.len() / WORD;
        let mut at = self.written.load(Relaxed);
        let mut pushed = Pushed::Stored;
        if at + length as u64 > self.bound.load(Relaxed) {
            (at, pushed) = self.look_further(length as u64)?;
        }
        let room = self.words.get(self.place(at)..)?;
        for (word, bytes) in room.iter().zip(padded.chunks_exact(WORD)) {
            let bytes = bytes.first_chunk().copied().unwrap_or_default();
            word.store(u64::from_le_bytes(bytes), Relaxed);
        }
        self.written.store(at + length as u64, Release);
        Some(pushed)
    }

    /// Where a record of `length` words goes, and whether the ring becomes so full by it that the dispatcher should come.
    #[cold]
    #[inline(never)]
    fn look_further(&self, length: u64) -> Option<(u64, Pushed)> {
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
            self.words.get(self.place(written))?.store(0, Relaxed);
        }
        let bound = if end > enough { read + size } else { enough };
        self.bound.store(bound.min(at / size * size + size), SeqCst);
        if self.closed.load(SeqCst) {
            self.bound.store(0, Relaxed);
            return None;
        }
        let pushed = if written <= enough && end > enough {
            Pushed::HalfFull
        } else {
            Pushed::Stored
        };
        Some((at, pushed))
    }

    /// Takes records again if the dispatcher has taken all that are here. For the owner, who must know that the
    /// dispatcher has also what it stored elsewhere meanwhile.
    pub(crate) fn reopen(&self) {
        if self.read.load(Acquire) == self.written.load(Relaxed) {
            self.shut.store(false, Relaxed);
        }
    }

    /// Lets the owner store nothing from now on. The record that it is storing may slip through; it is counted when the
    /// lane is dropped.
    ///
    /// One order of all four accesses: an owner that does not see the flag has set its bound before this one.
    pub(crate) fn close(&self) {
        self.closed.store(true, SeqCst);
        self.bound.store(0, SeqCst);
    }

    /// Up to where the owner has written.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Acquire)
    }

    /// Shows each record up to `end`, which is gone then; returns how many there were. For the dispatcher.
    pub(crate) fn take(&self, end: u64, mut show: impl FnMut(&Stored<'_>)) -> u64 {
        let (mut read, mut records) = (self.read.load(Relaxed), 0);
        while read < end {
            let rest = self.words.get(self.place(read)..).unwrap_or_default();
            let length = rest.first().map_or(0, |first| first.load(Relaxed) as u32);
            let words = (length as usize).div_ceil(WORD);
            if let (1.., Some(record)) = (words, rest.get(..words)) {
                show(&Stored {
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
    fn place(&self, position: u64) -> usize {
        // The number of words is a power of two.
        position as usize & (self.words.len() - 1)
    }
}

/// A record in a lane.
#[derive(Debug)]
pub(crate) struct Stored<'l> {
    words: &'l [AtomicU64],
    length: usize,
}

impl Stored<'_> {
    /// Bytes that [`append_to`](Self::append_to) needs room for, up to seven more than it appends.
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

impl Drop for Lane {
    fn drop(&mut self) {
        let lost = self.take(self.written(), |_| {});
        self.memory.give_lane(self.words.len() * WORD, lost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Room for eight records of two words.
    const WORDS: usize = 16;

    pub(super) fn lane(words: usize) -> (Lane, Arc<Memory>) {
        let memory = Arc::new(Memory::new(1024 * 1024));
        assert!(memory.take_lane().is_some());
        let lane = Lane::of(words, &memory);
        lane.reopen();
        (lane, memory)
    }

    /// A record of so many bytes that begins with its length, as all do, padded to whole words.
    pub(super) fn record(number: u8, length: usize) -> Vec<u8> {
        let mut record = vec![number; length];
        record[..4].copy_from_slice(&(length as u32).to_le_bytes());
        record.resize(length.next_multiple_of(WORD), 0xff);
        record
    }

    /// The numbers of the records that are taken.
    pub(super) fn numbers(lane: &Lane) -> Vec<u8> {
        let mut bytes = Vec::new();
        let records = lane.take(lane.written(), |stored| stored.append_to(&mut bytes));
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
    fn records_come_out_as_they_went_in_time_and_again() {
        let (lane, _memory) = lane(4 * WORDS);
        for round in 0..50_u8 {
            let length = 5 + usize::from(round) % 40;
            assert!(lane.push(&record(round, length)).is_some());
            assert!(lane.push(&record(round + 100, 9)).is_some());
            assert_eq!(numbers(&lane), [round, round + 100]);
        }
    }

    #[test]
    fn full_lane_is_shut_until_it_is_found_empty() {
        let (lane, _memory) = lane(WORDS);
        let stored = (0..20).take_while(|number| lane.push(&record(*number, 16)).is_some());
        assert_eq!(stored.count(), WORDS / 2);
        lane.reopen();
        assert_eq!(lane.push(&record(20, 16)), None);
        assert_eq!(numbers(&lane).len(), WORDS / 2);
        assert_eq!(lane.push(&record(21, 16)), None);
        lane.reopen();
        assert!(lane.push(&record(22, 16)).is_some());
        assert_eq!(numbers(&lane), [22]);
    }

    #[test]
    fn dispatcher_is_called_once_before_it_is_full() {
        let (lane, _memory) = lane(1024);
        let pushed: Vec<_> = (0..=255)
            .cycle()
            .map_while(|number| lane.push(&record(number, 16)))
            .collect();
        let calls: Vec<_> = (0..pushed.len())
            .filter(|at| pushed[*at] == Pushed::HalfFull)
            .collect();
        // Two words each; the first of the last quarter calls.
        assert_eq!((pushed.len(), calls), (512, vec![384]));
    }

    #[test]
    fn record_that_is_larger_than_the_lane_is_refused() {
        let (lane, _memory) = lane(WORDS);
        assert_eq!(lane.push(&record(1, WORDS * WORD + 1)), None);
    }

    #[test]
    fn closed_lane_takes_nothing() {
        let (lane, _memory) = lane(WORDS);
        assert!(lane.push(&record(1, 16)).is_some());
        lane.close();
        assert_eq!(lane.push(&record(2, 16)), None);
        assert_eq!(numbers(&lane), [1]);
    }

    #[test]
    fn what_waits_in_a_lane_that_is_dropped_is_counted_and_its_memory_given_back() {
        let (lane, memory) = lane(WORDS);
        assert!(lane.push(&record(1, 16)).is_some() && lane.push(&record(2, 30)).is_some());
        let used = memory.used();
        drop(lane);
        assert_eq!((memory.lost(), used - memory.used()), (2, WORDS * WORD));
    }
}

#[cfg(all(test, loom))]
mod loom_models {
    use loom::thread;

    use super::tests::lane;
    use super::tests::numbers;
    use super::tests::record;
    use super::*;

    #[test]
    fn records_are_whole_and_in_order_while_the_ring_turns() {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(|| {
            let lane = Arc::new(lane(8).0);
            let owner = thread::spawn({
                let lane = Arc::clone(&lane);
                move || {
                    let store = |number: &u8| {
                        lane.reopen();
                        lane.push(&record(*number, 20)).is_some()
                    };
                    (1..=4_u8).filter(store).collect::<Vec<_>>()
                }
            });
            let mut taken = numbers(&lane);
            taken.extend(numbers(&lane));
            let stored = owner.join().expect("the owner ends");
            taken.extend(numbers(&lane));
            assert_eq!(taken, stored);
        });
    }

    #[test]
    fn nothing_is_lost_unseen_by_a_close() {
        loom::model(|| {
            let (lane, memory) = lane(8);
            let lane = Arc::new(lane);
            let owner = thread::spawn({
                let lane = Arc::clone(&lane);
                move || {
                    [1, 2]
                        .iter()
                        .filter(|it| lane.push(&record(**it, 16)).is_some())
                        .count()
                }
            });
            lane.close();
            let taken = numbers(&lane).len();
            let stored = owner.join().expect("the owner ends");
            drop(lane);
            assert_eq!(taken as u64 + memory.lost(), stored as u64);
        });
    }
}
