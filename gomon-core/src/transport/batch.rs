//! Records on their way to the listeners.

use std::sync::Arc;

use crate::record::layout as record;
use crate::transport::memory::Memory;

/// Whole records, shared by the queues of all listeners; its memory goes back when the last lets go of it.
#[derive(Debug)]
pub(crate) struct Block {
    bytes: Vec<u8>,
    records: u64,
    memory: Arc<Memory>,
}

impl Block {
    /// Takes over `bytes`, whose capacity is charged to `memory` already.
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

    /// The memory it holds.
    pub(crate) fn size(&self) -> usize {
        self.bytes.capacity() + size_of::<Self>()
    }

    /// The records, one after the other.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(move || {
            let (first, tail) = record::split_first(rest)?;
            rest = tail;
            Some(first)
        })
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.memory.recycle(std::mem::take(&mut self.bytes));
    }
}
