//! Guard against recursion and against duplicates.
//!
//! The `Debug` of a logged value may log itself. Such a record is not recorded: its formatting could recurse without
//! end. The program's logger may pass a record on to another facade. It is recorded once, before. The thread-local has no
//! destructor, so that it is valid in destructors of other thread-locals.

use std::cell::Cell;

thread_local! {
    static STATE: Cell<State> = const { Cell::new(State::Idle) };
}

/// What this thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    /// It records, and formats values for it.
    Recording,
    /// A logger of the program runs.
    #[cfg(any(feature = "log", feature = "slog"))]
    Forwarding,
}

#[inline]
fn set(state: State) {
    let _ = STATE.try_with(|current| current.set(state));
}

#[cfg(any(feature = "log", feature = "slog"))]
#[inline]
fn replace(state: State) -> State {
    let before = STATE.try_with(|current| current.replace(state));
    before.unwrap_or(State::Idle)
}

/// Returns a number of this thread that no other running thread has.
#[cfg(feature = "slog")]
pub(crate) fn thread() -> Option<usize> {
    STATE
        .try_with(|state| std::ptr::from_ref(state).addr())
        .ok()
}

/// Marks the thread as recording until it is dropped.
#[derive(Debug)]
pub(crate) struct Recording {
    before: State,
}

impl Recording {
    /// Returns `None` if this thread is recording already, or a logger of the program runs.
    #[inline]
    pub(crate) fn begin() -> Option<Self> {
        let begun = STATE.try_with(|state| {
            let is_idle = state.get() == State::Idle;
            if is_idle {
                state.set(State::Recording);
            }
            is_idle
        });
        // Lazily: the drop of a value that is not returned would end the state.
        (begun == Ok(true)).then(|| Self {
            before: State::Idle,
        })
    }

    /// Goes on with a recording while a logger of the program runs.
    #[cfg(feature = "slog")]
    pub(crate) fn resume() -> Self {
        Self {
            before: replace(State::Recording),
        }
    }

    /// Returns whether this thread is recording.
    ///
    /// What is logged then is a side effect of the recording: without it, the program's logger would not get it here.
    #[cfg(feature = "log")]
    #[inline]
    pub(crate) fn is_on() -> bool {
        STATE.try_with(Cell::get) == Ok(State::Recording)
    }
}

impl Drop for Recording {
    #[inline]
    fn drop(&mut self) {
        set(self.before);
    }
}

/// Marks that a logger of the program runs on this thread, until it is dropped. Nothing is recorded meanwhile.
#[cfg(any(feature = "log", feature = "slog"))]
#[derive(Debug)]
pub(crate) struct Forwarding {
    before: State,
}

#[cfg(any(feature = "log", feature = "slog"))]
impl Forwarding {
    #[inline]
    pub(crate) fn begin() -> Self {
        Self {
            before: replace(State::Forwarding),
        }
    }
}

#[cfg(any(feature = "log", feature = "slog"))]
impl Drop for Forwarding {
    #[inline]
    fn drop(&mut self) {
        set(self.before);
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

    #[cfg(feature = "log")]
    #[test]
    fn nothing_is_recorded_while_a_logger_runs() {
        let outer = Forwarding::begin();
        drop(Forwarding::begin());
        assert!(Recording::begin().is_none() && !Recording::is_on());
        drop(outer);
        let recording = Recording::begin();
        drop(Forwarding::begin());
        assert!(Recording::is_on());
        drop(recording);
        assert!(Recording::begin().is_some());
    }
}
