//! Records of trackers that end in a thread-local destructor, after the buffer of their thread was
//! dropped.

use crate::sync::{Mutex, lock};
use crate::transport::buffer::{DropCause, PushResult};
use crate::transport::memory::Memory;

/// Records of any thread. A push waits for the lock, which is only held for a moment.
#[derive(Debug)]
pub(crate) struct Late(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    records: Vec<u8>,
    closed: bool,
}

impl Late {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State::default()))
    }

    /// Stores a record.
    pub(crate) fn push(&self, record: &[u8], memory: &Memory) -> PushResult {
        let mut state = lock(&self.0);
        let length = state.records.len() + record.len();
        if state.closed {
            return PushResult::Dropped(DropCause::Closed);
        }
        if length > memory.buffer_limit() {
            return PushResult::Dropped(DropCause::Full);
        }
        if !memory.grow(&mut state.records, length, Memory::take_unreserved) {
            return PushResult::Dropped(DropCause::Budget);
        }
        state.records.extend_from_slice(record);
        if length > memory.buffer_limit() / 2 {
            PushResult::Filling
        } else {
            PushResult::Stored
        }
    }

    /// Takes all records. Their memory stays charged.
    pub(crate) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut lock(&self.0).records)
    }

    /// Accepts nothing more.
    pub(crate) fn close(&self) {
        lock(&self.0).closed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filling_records_wake_the_dispatcher_and_stay_within_the_limit() {
        use PushResult::{Dropped, Filling, Stored};
        let (late, memory) = (Late::new(), Memory::new(8 * 1024 * 1024));
        let record = vec![0; memory.buffer_limit() / 4];
        let pushed = [0; 5].map(|_| late.push(&record, &memory));
        let full = Dropped(DropCause::Full);
        assert_eq!(pushed, [Stored, Stored, Filling, Filling, full]);
        memory.free(late.take());
        assert_eq!(memory.used(), 0);
        late.close();
        assert_eq!(late.push(&record, &memory), Dropped(DropCause::Closed));
    }
}
