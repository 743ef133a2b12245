//! Guard against recursion.
//!
//! The `Debug` of a logged value may log itself. Such a record is not recorded: its formatting could recurse without
//! end. The thread-local has no destructor, so that it is valid in destructors of other thread-locals.

use std::cell::Cell;

thread_local! {
    static RECORDING: Cell<bool> = const { Cell::new(false) };
}

/// Marks the thread as recording until it is dropped.
#[derive(Debug)]
pub(crate) struct Recording(());

impl Recording {
    /// Returns `None` if this thread is recording already.
    #[inline]
    pub(crate) fn begin() -> Option<Self> {
        let was_recording = RECORDING.try_with(|recording| recording.replace(true));
        (was_recording == Ok(false)).then(|| Self(()))
    }
}

impl Drop for Recording {
    #[inline]
    fn drop(&mut self) {
        let _ = RECORDING.try_with(|recording| recording.set(false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recording_does_not_nest() {
        let outer = Recording::begin();
        assert!(outer.is_some());
        for _ in 0..2 {
            assert!(Recording::begin().is_none());
        }
        drop(outer);
        assert!(Recording::begin().is_some());
    }
}
