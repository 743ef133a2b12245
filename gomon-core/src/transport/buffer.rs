//! Where a thread leaves its records for the dispatcher.
//!
//! A buffer is a pair of halves, each behind a mutex that its thread only ever tries: the dispatcher holds one at
//! most, and only to swap its contents, so the thread finds the other free. A thread that proves busy is offered a
//! [`Lane`] besides, which it and the dispatcher hold, and comes back to the halves when that is full. Invariants:
//!
//! * A half whose `records` is zero has no bytes; a record is in a half whole or not at all.
//! * A thread fills one half until it finds that locked, and then the other. Whoever locks a half from elsewhere
//!   takes all it holds, so that at most one half holds records while none is locked, and the records of a thread
//!   stay in the order of their ends. (`close` takes nothing; it locks the halves in the order in which they are taken.)
//! * While a half holds records, the lane is shut: what is in the lane is older. Under the lock of a half that is empty,
//!   the thread opens the lane again if that is empty too.
//! * Memory is charged before a half grows. A half never grows beyond [`Memory::buffer_limit`].
//! * After [`Buffer::close`] nothing is accepted, so that what is counted then is counted for good.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::sync::{AtomicBool, AtomicU64, AtomicUsize, Mutex, lock, try_lock};
use crate::transport::memory::Memory;
use crate::transport::ring::Lane;

/// The first room of a half.
pub(crate) const FIRST_ROOM: usize = 16 * 1024;

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
    /// A lane that the thread has not found yet.
    offer: Mutex<Option<Arc<Lane>>>,
    is_offered: AtomicBool,
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

/// What a half held.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) bytes: Vec<u8>,
    pub(crate) records: u64,
    /// Up to where the records of the lane are older.
    pub(crate) after: u64,
}

/// A part of what a buffer held.
#[derive(Debug)]
pub(crate) enum Drained<'b> {
    /// What is in the lane up to this position.
    Lane(&'b Lane, u64),
    /// The bytes of a half, and how many records they are.
    Half(Vec<u8>, u64),
}

impl Buffer {
    pub(crate) fn new() -> Self {
        Self {
            halves: [Mutex::new(Half::default()), Mutex::new(Half::default())],
            offer: Mutex::new(None),
            is_offered: AtomicBool::new(false),
            filled: AtomicUsize::new(0),
            opened: AtomicU64::new(0),
            ended: AtomicU64::new(0),
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

    /// Stores a record for any of many threads: waits for a half, which is never held for long.
    pub(crate) fn push_shared(&self, record: &[u8], memory: &Memory) -> Pushed {
        let [half, _] = &self.halves;
        lock(half).push(record, memory)
    }

    /// Offers the thread a lane. For the dispatcher.
    pub(crate) fn offer(&self, lane: Arc<Lane>) {
        *lock(&self.offer) = Some(lane);
        self.is_offered.store(true, Release);
    }

    /// Has `accept` take all that is there, in the order in which the thread left it; halves as [`take`](Self::take)
    /// gives them. For the dispatcher.
    pub(crate) fn drain(
        &self,
        lane: Option<&Lane>,
        memory: &Memory,
        shrink: bool,
        mut accept: impl FnMut(Drained<'_>),
    ) {
        for half in 0..2 {
            let Some(taken) = self.take(half, lane, memory, shrink) else {
                continue;
            };
            if let Some(lane) = lane {
                accept(Drained::Lane(lane, taken.after));
            }
            accept(Drained::Half(taken.bytes, taken.records));
        }
        if let Some(lane) = lane {
            accept(Drained::Lane(lane, lane.written()));
        }
    }

    /// Takes the records of a half; leaves room for the next, unless it is to `shrink`, and
    /// then takes its memory also where there are none.
    pub(crate) fn take(
        &self,
        half: usize,
        lane: Option<&Lane>,
        memory: &Memory,
        shrink: bool,
    ) -> Option<Taken> {
        let mut half = lock(self.halves.get(half)?);
        if half.records == 0 && !shrink {
            return None;
        }
        let spare = if shrink { Vec::new() } else { memory.spare() };
        half.room = spare.capacity().min(memory.buffer_limit() / 2);
        Some(Taken {
            bytes: std::mem::replace(&mut half.bytes, spare),
            records: std::mem::take(&mut half.records),
            // Read under the lock: the lane is still shut.
            after: lane.map_or(0, Lane::written),
        })
    }

    /// Accepts nothing from now on.
    pub(crate) fn close(&self) {
        for half in &self.halves {
            lock(half).closed = true;
        }
        lock(&self.offer).take();
    }

    /// Trackers opened and ended here.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.opened.load(Relaxed), self.ended.load(Relaxed))
    }
}

/// The end of a buffer that its thread holds.
#[derive(Debug)]
pub(crate) struct Inlet {
    buffer: Arc<Buffer>,
    lane: Option<Arc<Lane>>,
}

impl Inlet {
    pub(crate) fn new(buffer: Arc<Buffer>) -> Self {
        Self { buffer, lane: None }
    }

    /// Stores a record: its first `length` bytes, padded to whole words.
    #[inline(always)]
    pub(crate) fn push(&mut self, padded: &[u8], length: usize, memory: &Memory) -> Pushed {
        self.lane
            .as_ref()
            .and_then(|lane| lane.push(padded))
            .unwrap_or_else(|| self.push_into_half(padded, length, memory))
    }

    #[inline(never)]
    fn push_into_half(&mut self, padded: &[u8], length: usize, memory: &Memory) -> Pushed {
        let record = padded.get(..length).unwrap_or(padded);
        let buffer = &*self.buffer;
        let filled = buffer.halves.get(buffer.filled.load(Relaxed));
        let Some(mut half) = filled.and_then(try_lock) else {
            return buffer.push_elsewhere(record, memory);
        };
        if buffer.is_offered.load(Acquire) {
            buffer.is_offered.store(false, Relaxed);
            self.lane = try_lock(&buffer.offer).and_then(|mut offer| offer.take());
        }
        if let (Some(lane), 0) = (&self.lane, half.records) {
            lane.reopen();
            if let Some(pushed) = lane.push(padded) {
                return pushed;
            }
        }
        half.push(record, memory)
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

/// Counts one more where one thread alone counts.
#[inline]
fn count(counter: &AtomicU64) {
    counter.store(counter.load(Relaxed).wrapping_add(1), Relaxed);
}

impl Half {
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

    fn new_inlet() -> Inlet {
        Inlet::new(Arc::new(Buffer::new()))
    }

    fn fill(inlet: &mut Inlet, memory: &Memory) -> (Vec<Pushed>, Pushed) {
        let mut pushed = Vec::new();
        loop {
            match inlet.push(&RECORD, RECORD.len(), memory) {
                refused @ Pushed::Refused(_) => return (pushed, refused),
                stored => pushed.push(stored),
            }
        }
    }

    #[test]
    fn a_half_takes_as_much_as_it_may_and_says_once_that_it_is_half_full() {
        let (mut inlet, memory) = (new_inlet(), Memory::new(LIMIT));
        let buffer = Arc::clone(&inlet.buffer);
        let (pushed, refused) = fill(&mut inlet, &memory);
        assert_eq!(refused, Pushed::Refused(Refusal::Full));
        assert_eq!(pushed.len(), memory.buffer_limit() / RECORD.len());
        assert_eq!(
            pushed.iter().filter(|it| **it == Pushed::HalfFull).count(),
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
    fn without_a_budget_a_record_is_refused_and_no_memory_is_charged() {
        let (mut inlet, memory) = (new_inlet(), Memory::new(LIMIT));
        assert!(memory.take(LIMIT / 4 * 3));
        assert_eq!(
            inlet.push(&RECORD, RECORD.len(), &memory),
            Pushed::Refused(Refusal::Budget)
        );
        assert_eq!(memory.used(), LIMIT / 4 * 3);
    }

    #[test]
    fn when_the_budget_is_scarce_the_first_record_calls_the_dispatcher() {
        let (mut inlet, memory) = (new_inlet(), Memory::new(LIMIT));
        assert_eq!(inlet.push(&RECORD, RECORD.len(), &memory), Pushed::Stored);
        assert!(memory.take(LIMIT / 8 * 5));
        assert_eq!(
            new_inlet().push(&RECORD, RECORD.len(), &memory),
            Pushed::HalfFull
        );
    }

    #[test]
    fn a_closed_buffer_takes_nothing() {
        let (mut inlet, memory) = (new_inlet(), Memory::new(LIMIT));
        let buffer = Arc::clone(&inlet.buffer);
        assert_eq!(inlet.push(&RECORD, RECORD.len(), &memory), Pushed::Stored);
        buffer.close();
        assert_eq!(
            inlet.push(&RECORD, RECORD.len(), &memory),
            Pushed::Refused(Refusal::Closed)
        );
        assert_eq!(
            buffer.push_shared(&RECORD, &memory),
            Pushed::Refused(Refusal::Closed)
        );
        assert_eq!(
            buffer
                .take(0, None, &memory, true)
                .map(|taken| taken.records),
            Some(1)
        );
    }

    #[test]
    fn a_thread_stays_in_the_half_that_it_went_to() {
        let (mut inlet, memory) = (new_inlet(), Memory::new(LIMIT));
        let buffer = Arc::clone(&inlet.buffer);
        let taken = lock(&buffer.halves[0]);
        assert_eq!(inlet.push(&RECORD, RECORD.len(), &memory), Pushed::Stored);
        drop(taken);
        assert_eq!(inlet.push(&RECORD, RECORD.len(), &memory), Pushed::Stored);
        assert!(buffer.take(0, None, &memory, false).is_none());
        assert_eq!(
            buffer
                .take(1, None, &memory, false)
                .map(|taken| taken.records),
            Some(2)
        );
    }

    /// Of a length, and with that at its beginning, as all records are.
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
        // The thread goes on between the steps of the dispatcher, through a small lane that it fills again and again.
        #[test]
        fn a_thread_that_overtakes_the_dispatcher_stays_in_order(
            steps in proptest::collection::vec((0..40_u32, 72..600_usize), 1..200),
        ) {
            let (mut inlet, memory) = (new_inlet(), Arc::new(Memory::new(1024 * 1024)));
            let buffer = Arc::clone(&inlet.buffer);
            let (mut stored, mut taken) = (Vec::new(), Vec::new());
            let lane = Arc::new(Lane::shut(&memory).unwrap());
            buffer.offer(Arc::clone(&lane));
            let mut steps = steps.into_iter();
            let mut number = 0;
            let mut go_on = |stored: &mut Vec<u32>| {
                let Some((count, length)) = steps.next() else { return false };
                for _ in 0..count {
                    number += 1;
                    let pushed = inlet.push(&numbered(number, length), length, &memory);
                    if !matches!(pushed, Pushed::Refused(_)) {
                        stored.push(number);
                    }
                }
                true
            };
            let mut is_last = false;
            while !is_last {
                is_last = !go_on(&mut stored);
                buffer.drain(Some(&lane), &memory, false, |drained| {
                    go_on(&mut stored);
                    match drained {
                        Drained::Lane(lane, end) => {
                            let mut bytes = Vec::new();
                            lane.take(end, |stored| stored.append_to(&mut bytes));
                            taken.extend(numbers(&bytes));
                        }
                        Drained::Half(bytes, _) => {
                            taken.extend(numbers(&bytes));
                            memory.recycle(bytes);
                        }
                    }
                    go_on(&mut stored);
                });
            }
            buffer.drain(Some(&lane), &memory, true, |drained| match drained {
                Drained::Lane(lane, end) => {
                    let mut bytes = Vec::new();
                    lane.take(end, |stored| stored.append_to(&mut bytes));
                    taken.extend(numbers(&bytes));
                }
                Drained::Half(bytes, _) => {
                    taken.extend(numbers(&bytes));
                    memory.free(bytes);
                }
            });
            proptest::prop_assert_eq!(taken, stored);
        }
    }

    #[test]
    fn with_both_halves_taken_a_record_is_refused() {
        let (mut inlet, memory) = (new_inlet(), Memory::new(LIMIT));
        let buffer = Arc::clone(&inlet.buffer);
        let _taken = (lock(&buffer.halves[0]), lock(&buffer.halves[1]));
        assert_eq!(
            inlet.push(&RECORD, RECORD.len(), &memory),
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
        let mut inlet = Inlet::new(Arc::new(Buffer::new()));
        let buffer = Arc::clone(&inlet.buffer);
        let memory = Arc::new(Memory::new(1024 * 1024));
        // Stored beforehand, so that the first taking has something to do while it holds the lock.
        assert_eq!(inlet.push(&[1, 1], 2, &memory), Pushed::Stored);
        let producer = thread::spawn({
            let memory = Arc::clone(&memory);
            move || {
                let is_stored =
                    |n: &u8| !matches!(inlet.push(&[*n, *n], 2, &memory), Pushed::Refused(_));
                (2..=3_u8).filter(is_stored).collect::<Vec<_>>()
            }
        });
        let mut taken = Vec::new();
        let mut take = |shrink| {
            for half in 0..2 {
                if let Some(Taken { bytes, records, .. }) = buffer.take(half, None, &memory, shrink)
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
        stored.extend(producer.join().unwrap());
        assert!((0..2).all(|half| buffer.take(half, None, &memory, false).is_none()));
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

    /// The thread comes from a half to a lane of two records and back, while the dispatcher takes.
    #[test]
    fn between_lane_and_halves_the_order_holds() {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(|| {
            let mut inlet = Inlet::new(Arc::new(Buffer::new()));
            let buffer = Arc::clone(&inlet.buffer);
            let memory = Arc::new(Memory::new(1024 * 1024));
            memory.take_lane().expect("there is memory");
            let lane = Arc::new(Lane::of(4, &memory));
            buffer.offer(Arc::clone(&lane));
            let record = |number: u8| [16, 0, 0, 0, number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            let producer = thread::spawn({
                let memory = Arc::clone(&memory);
                move || {
                    let is_stored = |n: &u8| {
                        !matches!(inlet.push(&record(*n), 16, &memory), Pushed::Refused(_))
                    };
                    (1..=4_u8).filter(is_stored).collect::<Vec<_>>()
                }
            });
            let mut taken = Vec::new();
            let mut drain = || {
                buffer.drain(Some(&lane), &memory, false, |drained| {
                    let mut records = Vec::new();
                    match drained {
                        Drained::Lane(lane, end) => {
                            lane.take(end, |stored| stored.append_to(&mut records));
                        }
                        Drained::Half(bytes, _) => records = bytes,
                    }
                    taken.extend(records.chunks(16).map(|record| record[4]));
                });
            };
            drain();
            drain();
            let stored = producer.join().unwrap();
            drain();
            assert_eq!(taken, stored);
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
