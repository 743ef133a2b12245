//! The growing record of an open tracker.
//!
//! A vector checks its capacity at every append. Here all bytes up to the capacity are initialised, so that a whole field is
//! appended by one check and plain copies of lengths that the compiler mostly knows. Invariant: `used <= bytes.len()`,
//! and `end <= bytes.len()`.

/// Bytes with a cursor.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    bytes: Vec<u8>,
    used: usize,
    /// Up to where [`append`](Self::append) goes.
    end: usize,
}

impl Scratch {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: vec![0; capacity],
            used: 0,
            end: 0,
        }
    }

    /// Begins anew behind `head` bytes that are filled in later, and lets `append` go up to `limit`.
    #[inline]
    pub(crate) fn begin(&mut self, head: usize, limit: usize) {
        if self.bytes.len() < head {
            self.bytes.resize(head, 0);
        }
        self.used = head;
        self.end = limit.min(self.bytes.len());
    }

    /// Lets `append` refuse everything.
    pub(crate) fn close(&mut self) {
        self.end = 0;
    }

    /// Room for `length` bytes more, which the caller fills; `None` where that needs the slow way.
    #[inline(always)]
    pub(crate) fn append(&mut self, length: usize) -> Option<&mut [u8]> {
        let used = self.used;
        let to = used + length;
        if to > self.end {
            return None;
        }
        self.used = to;
        self.bytes.get_mut(used..to)
    }

    /// The slow way: as a vector, which may grow; `append` goes up to `limit` then, unless it was closed.
    pub(crate) fn edit<R>(&mut self, limit: usize, f: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        self.bytes.truncate(self.used);
        let result = f(&mut self.bytes);
        self.used = self.bytes.len();
        let capacity = self.bytes.capacity();
        self.bytes.resize(capacity, 0);
        if self.end > 0 {
            self.end = limit.min(capacity);
        }
        result
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.used
    }

    #[inline]
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// What was written.
    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.used).unwrap_or_default()
    }
}
