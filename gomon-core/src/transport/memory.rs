//! Byte budget: one for thread buffers, batches and queues, and one for open trackers.

use std::sync::atomic::Ordering::Relaxed;

use crate::sync::{AtomicU64, AtomicUsize};

/// Maximum size of a thread buffer, in bytes.
const MAX_BUFFER: usize = 1024 * 1024;
/// Maximum size of a ring, in bytes. A small limit makes rings smaller.
const MAX_RING: usize = 256 * 1024;
/// Reciprocal of the share of the limit up to which rings grow.
///
/// Rings and full queues take less than buffers may, so that all threads can append rings.
const GROWTH_PART: usize = 4;
/// Minimum size of a ring, in bytes. Small in models, where each word is a state.
pub(crate) const MIN_RING: usize = if cfg!(all(test, loom)) { 32 } else { 4 * 1024 };

/// Counts the bytes in use and rejects those beyond its limit.
///
/// The capacity of each vector is charged, so that the count is the memory really used.
#[derive(Debug)]
pub(crate) struct Memory {
    limit: usize,
    used: AtomicUsize,
    /// Records that were lost in dropped buffers.
    lost: AtomicU64,
}

impl Memory {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            used: AtomicUsize::new(0),
            lost: AtomicU64::new(0),
        }
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Returns the bytes in use.
    pub(crate) fn used(&self) -> usize {
        self.used.load(Relaxed)
    }

    /// Returns the maximum size of a thread buffer, in bytes.
    pub(crate) fn buffer_limit(&self) -> usize {
        MAX_BUFFER.min(self.limit / 8)
    }

    /// Charges memory for records on their way to the listeners. Returns whether it fits.
    pub(crate) fn take(&self, bytes: usize) -> bool {
        self.take_up_to(self.limit, bytes)
    }

    /// Charges memory for a buffer or an open tracker. Returns whether it fits.
    ///
    /// A quarter of the limit stays free: to move records out of the buffers, and for trackers that are not recorded.
    pub(crate) fn take_unreserved(&self, bytes: usize) -> bool {
        self.take_up_to(self.limit - self.limit / 4, bytes)
    }

    fn take_up_to(&self, limit: usize, bytes: usize) -> bool {
        take(&self.used, limit, bytes)
    }

    /// Returns the maximum size of a ring that its thread keeps, a power of two in bytes.
    pub(crate) fn max_ring(&self) -> usize {
        let share = (self.limit / 64).checked_ilog2().map_or(0, |log| 1 << log);
        share.clamp(MIN_RING, MAX_RING)
    }

    /// Returns whether so little memory is in use that a thread may keep a ring of `bytes` bytes.
    pub(crate) fn may_grow_ring(&self, bytes: usize) -> bool {
        self.used() + bytes <= self.limit / GROWTH_PART
    }

    pub(crate) fn count_lost(&self, records: u64) {
        self.lost.fetch_add(records, Relaxed);
    }

    /// Returns the number of records that were lost in dropped buffers.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Relaxed)
    }

    /// Returns whether memory for buffers is scarce, so that records should not wait there.
    ///
    /// Full queues, which take half of the limit, do not count as scarcity.
    pub(crate) fn is_scarce(&self) -> bool {
        self.used() > self.limit / 8 * 5
    }

    /// Grows `bytes`, charged by `take`, so that `length` bytes fit.
    ///
    /// Returns false and changes nothing if `take` rejects the charge.
    pub(crate) fn grow(
        &self,
        bytes: &mut Vec<u8>,
        length: usize,
        take: fn(&Self, usize) -> bool,
    ) -> bool {
        let before = bytes.capacity();
        if length <= before {
            return true;
        }
        let capacity = length.next_power_of_two();
        let more = capacity - before;
        if !take(self, more) {
            return false;
        }
        bytes.reserve_exact(capacity.saturating_sub(bytes.len()));
        // The capacity that the allocator rounded up is released with the rest, so it is charged
        // too.
        let rounded = (bytes.capacity() - before).saturating_sub(more);
        if rounded > 0 && !take(self, rounded) {
            self.release(more);
            bytes.shrink_to(before);
            return false;
        }
        true
    }

    /// Charges memory that is already in use, even beyond the limit.
    pub(crate) fn charge(&self, bytes: usize) {
        self.used.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn release(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Relaxed);
    }

    pub(crate) fn free(&self, bytes: Vec<u8>) {
        let capacity = bytes.capacity();
        drop(bytes);
        self.release(capacity);
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

    #[test]
    fn charge_beyond_the_limit_is_rejected() {
        let memory = Memory::new(LIMIT);
        assert!(memory.take(LIMIT));
        assert!(!memory.take(1) && !memory.take(usize::MAX));
        assert_eq!(memory.used(), LIMIT);
        memory.release(1);
        assert!(memory.take(1));
    }

    #[test]
    fn buffers_leave_room_to_move_records_on() {
        let memory = Memory::new(LIMIT);
        assert!(memory.take_unreserved(LIMIT / 4 * 3));
        assert!(!memory.take_unreserved(1));
        assert!(memory.take(LIMIT / 4));
    }
}
