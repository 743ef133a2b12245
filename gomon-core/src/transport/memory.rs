//! One byte budget for all that waits: buffers of threads, blocks, queues, and memory kept for reuse.

use std::sync::atomic::Ordering::Relaxed;

use crate::sync::{AtomicU64, AtomicUsize, Mutex, lock};

/// How many emptied buffers are kept for the next swap, and of which part of the limit in all: what is kept must
/// not crowd out what waits.
const SPARES: usize = 8;
const SPARE_PART: usize = 8;
/// The most bytes that one half of a thread's buffer may hold.
const LARGEST_BUFFER: usize = 1024 * 1024;
/// Bytes of a lane, unless the limit is small, and which part of the limit all lanes may take: together with full
/// queues less than buffers may, so that threads without a lane still find room for theirs.
const LANE: usize = 256 * 1024;
const LANES_PART: usize = 8;
/// Fewer are not worth it.
const SMALLEST_LANE: usize = 4 * 1024;

/// Counts the bytes held and refuses those beyond its limit.
///
/// What is charged is the capacity of each vector, so that the figure is the memory really used.
#[derive(Debug)]
pub(crate) struct Memory {
    limit: usize,
    used: AtomicUsize,
    lanes: AtomicUsize,
    /// Records that went with the lanes in which they waited.
    lost: AtomicU64,
    spares: Mutex<Spares>,
}

#[derive(Debug, Default)]
struct Spares {
    kept: Vec<Vec<u8>>,
    bytes: usize,
    closed: bool,
}

impl Memory {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            used: AtomicUsize::new(0),
            lanes: AtomicUsize::new(0),
            lost: AtomicU64::new(0),
            spares: Mutex::new(Spares::default()),
        }
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Bytes held now.
    pub(crate) fn used(&self) -> usize {
        self.used.load(Relaxed)
    }

    /// The most bytes of one half of a thread's buffer.
    pub(crate) fn buffer_limit(&self) -> usize {
        LARGEST_BUFFER.min(self.limit / 8)
    }

    /// Charges memory for records on their way to the listeners.
    pub(crate) fn take(&self, bytes: usize) -> bool {
        self.take_up_to(self.limit, bytes)
    }

    /// Charges memory for a buffer; refused when too little would be left to move on what is in the buffers.
    pub(crate) fn take_for_buffer(&self, bytes: usize) -> bool {
        self.take_up_to(self.limit - self.limit / 4, bytes)
    }

    fn take_up_to(&self, limit: usize, bytes: usize) -> bool {
        take(&self.used, limit, bytes)
    }

    /// Charges memory for a lane and says how much, a power of two; `None` where there are lanes enough.
    pub(crate) fn take_lane(&self) -> Option<usize> {
        let share = 1 << (self.limit / 64).checked_ilog2()?;
        let bytes = LANE.min(share);
        if bytes < SMALLEST_LANE || !take(&self.lanes, self.limit / LANES_PART, bytes) {
            return None;
        }
        if !self.take_for_buffer(bytes) {
            self.lanes.fetch_sub(bytes, Relaxed);
            return None;
        }
        Some(bytes)
    }

    /// Gives back the memory of a lane, with which `lost` records went.
    pub(crate) fn give_lane(&self, bytes: usize, lost: u64) {
        self.lanes.fetch_sub(bytes, Relaxed);
        self.lost.fetch_add(lost, Relaxed);
        self.give(bytes);
    }

    /// Records that went with lanes.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Relaxed)
    }

    /// Whether so little is left for buffers that records should not wait there. Full queues, which take half
    /// of the limit, are no reason.
    pub(crate) fn is_scarce(&self) -> bool {
        self.used() > self.limit / 8 * 5
    }

    /// Gives `bytes` at least `capacity`, which is more than it has, charged by `take`; false, and nothing changed, if
    /// that refuses.
    pub(crate) fn grow(
        &self,
        bytes: &mut Vec<u8>,
        capacity: usize,
        take: fn(&Self, usize) -> bool,
    ) -> bool {
        let before = bytes.capacity();
        let more = capacity.saturating_sub(before);
        if !take(self, more) {
            return false;
        }
        bytes.reserve_exact(capacity.saturating_sub(bytes.len()));
        // What the allocator rounded up is charged too, as it is given back with the rest one day.
        let rounded = (bytes.capacity() - before).saturating_sub(more);
        if rounded > 0 && !take(self, rounded) {
            self.give(more);
            bytes.shrink_to(before);
            return false;
        }
        true
    }

    /// Charges what is held whatever the limit says.
    pub(crate) fn charge(&self, bytes: usize) {
        self.used.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn give(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Relaxed);
    }

    /// An empty vector that was charged already; one without capacity where none is kept.
    pub(crate) fn spare(&self) -> Vec<u8> {
        let mut spares = lock(&self.spares);
        let spare = spares.kept.pop().unwrap_or_default();
        spares.bytes -= spare.capacity();
        spare
    }

    /// Keeps `bytes` for reuse, or gives their memory back.
    pub(crate) fn recycle(&self, mut bytes: Vec<u8>) {
        if bytes.capacity() == 0 {
            return;
        }
        bytes.clear();
        let mut spares = lock(&self.spares);
        let sum = spares.bytes + bytes.capacity();
        if spares.kept.len() < SPARES && sum <= self.limit / SPARE_PART && !spares.closed {
            spares.bytes = sum;
            spares.kept.push(bytes);
        } else {
            drop(spares);
            self.free(bytes);
        }
    }

    pub(crate) fn free(&self, bytes: Vec<u8>) {
        let capacity = bytes.capacity();
        drop(bytes);
        self.give(capacity);
    }

    /// Gives back all that is kept for reuse.
    pub(crate) fn free_spares(&self) {
        let mut spares = lock(&self.spares);
        spares.bytes = 0;
        let kept = std::mem::take(&mut spares.kept);
        drop(spares);
        for spare in kept {
            self.free(spare);
        }
    }

    /// Keeps nothing for reuse any more.
    pub(crate) fn close(&self) {
        lock(&self.spares).closed = true;
        self.free_spares();
    }
}

fn take(used: &AtomicUsize, limit: usize, bytes: usize) -> bool {
    used.fetch_update(Relaxed, Relaxed, |used| {
        used.checked_add(bytes).filter(|used| *used <= limit)
    })
    .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1024 * 1024;

    fn charged(memory: &Memory, bytes: usize) -> Vec<u8> {
        assert!(memory.take(bytes));
        Vec::with_capacity(bytes)
    }

    #[test]
    fn beyond_the_limit_nothing_is_taken() {
        let memory = Memory::new(LIMIT);
        assert!(memory.take(LIMIT));
        assert!(!memory.take(1) && !memory.take(usize::MAX));
        assert_eq!(memory.used(), LIMIT);
        memory.give(1);
        assert!(memory.take(1));
    }

    #[test]
    fn buffers_leave_room_for_what_moves_on() {
        let memory = Memory::new(LIMIT);
        assert!(memory.take_for_buffer(LIMIT / 4 * 3));
        assert!(!memory.take_for_buffer(1));
        assert!(memory.take(LIMIT / 4));
    }

    #[test]
    fn lanes_take_their_part_and_give_it_back() {
        let memory = Memory::new(LIMIT);
        let lanes: Vec<_> = std::iter::from_fn(|| memory.take_lane()).collect();
        assert_eq!(lanes, [LIMIT / 64; 8]);
        assert_eq!(memory.used(), LIMIT / LANES_PART);
        lanes.iter().for_each(|bytes| memory.give_lane(*bytes, 1));
        assert_eq!((memory.used(), memory.lost()), (0, 8));
        assert!(memory.take_for_buffer(LIMIT / 4 * 3));
        assert_eq!(memory.take_lane(), None);
        assert_eq!(Memory::new(1024).take_lane(), None);
    }

    #[test]
    fn what_is_kept_for_reuse_does_not_crowd_out_what_waits() {
        let memory = Memory::new(LIMIT);
        let many: Vec<_> = (0..8).map(|_| charged(&memory, LIMIT / 8)).collect();
        many.into_iter().for_each(|bytes| memory.recycle(bytes));
        assert_eq!(memory.used(), LIMIT / SPARE_PART);
        let few: Vec<_> = (0..20).map(|_| charged(&memory, 1024)).collect();
        memory.free_spares();
        few.into_iter().for_each(|bytes| memory.recycle(bytes));
        assert_eq!(memory.used(), SPARES * 1024);
    }

    #[test]
    fn a_spare_is_used_again_and_still_charged() {
        let memory = Memory::new(LIMIT);
        memory.recycle(charged(&memory, 1024));
        let spare = memory.spare();
        assert!(spare.capacity() >= 1024 && memory.used() >= 1024);
        memory.free(spare);
        assert_eq!((memory.used(), memory.spare().capacity()), (0, 0));
    }

    #[test]
    fn after_the_close_all_memory_goes_back() {
        let memory = Memory::new(LIMIT);
        let (early, late) = (charged(&memory, 1024), charged(&memory, 1024));
        memory.recycle(early);
        memory.close();
        memory.recycle(late);
        assert_eq!(memory.used(), 0);
    }
}
