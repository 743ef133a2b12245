//! Batch of records that the queues of all listeners share.

use std::sync::Arc;

use crate::record::layout as record;
use crate::transport::memory::Memory;

/// Whole records, shared by the queues of all listeners. Their memory is released when the last
/// queue drops the batch.
#[derive(Debug)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    records: u64,
    memory: Arc<Memory>,
}

impl Batch {
    /// Creates a batch of `bytes`, whose capacity is already charged to `memory`.
    pub(crate) fn new(bytes: Vec<u8>, records: u64, memory: Arc<Memory>) -> Self {
        Self {
            bytes,
            records,
            memory,
        }
    }

    pub(crate) fn records(&self) -> u64 {
        self.records
    }

    /// Returns the size of the batch in memory, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.bytes.capacity() + size_of::<Self>()
    }

    /// Returns the records in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(move || {
            let (first, tail) = record::split_first(rest)?;
            rest = tail;
            Some(first)
        })
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.memory.free(std::mem::take(&mut self.bytes));
    }
}
