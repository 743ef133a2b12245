//! Budget of bytes.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Bytes that are left of a budget. No other memory depends on the number.
pub(super) struct Room(AtomicUsize);

impl Room {
    pub(super) const fn new(bytes: usize) -> Self {
        Self(AtomicUsize::new(bytes))
    }

    /// Takes bytes, and returns whether there were enough.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let left = |left: usize| left.checked_sub(bytes);
        self.0.fetch_update(Relaxed, Relaxed, left).is_ok()
    }

    /// Returns bytes to the budget.
    pub(super) fn give(&self, bytes: usize) {
        self.0.fetch_add(bytes, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_budget_is_taken() {
        let room = Room::new(10);
        assert!(room.take(7) && !room.take(4) && room.take(3) && !room.take(1));
        room.give(7);
        assert!(room.take(7));
    }
}
