//! One byte budget for all that waits: buffers of threads, blocks, queues, and memory kept for reuse.

use std::sync::atomic::Ordering::Relaxed;

use crate::sync::{AtomicUsize, Mutex, lock};

/// How many emptied buffers are kept for the next swap.
const SPARES: usize = 8;
/// The most bytes that one half of a thread's buffer may hold.
const LARGEST_BUFFER: usize = 1024 * 1024;

/// Counts the bytes held and refuses those beyond its limit.
///
/// What is charged is the capacity of each vector, so that the figure is the memory really used.
#[derive(Debug)]
pub(crate) struct Memory {
    limit: usize,
    used: AtomicUsize,
    spares: Mutex<Vec<Vec<u8>>>,
}

impl Memory {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, used: AtomicUsize::new(0), spares: Mutex::new(Vec::new()) }
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

    pub(crate) fn take(&self, bytes: usize) -> bool {
        let before = self.used.fetch_add(bytes, Relaxed);
        let fits = before.saturating_add(bytes) <= self.limit;
        if !fits {
            self.give(bytes);
        }
        fits
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
        lock(&self.spares).pop().unwrap_or_default()
    }

    /// Keeps `bytes` for reuse, or gives their memory back.
    pub(crate) fn recycle(&self, mut bytes: Vec<u8>) {
        if bytes.capacity() == 0 {
            return;
        }
        bytes.clear();
        let mut spares = lock(&self.spares);
        if spares.len() < SPARES {
            spares.push(bytes);
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
        let spares = std::mem::take(&mut *lock(&self.spares));
        for spare in spares {
            self.free(spare);
        }
    }
}
