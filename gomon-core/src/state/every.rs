//! Periodic callbacks of one monitor.
//!
//! One thread per monitor calls them; the first callback starts it. A callback that blocks delays only the other
//! callbacks. Invariants:
//!
//! * A missed call is skipped: the next call is due one interval after the end of the previous one.
//! * No lock is held while a callback runs, so that a callback may add or drop others, itself included.
//! * After [`Schedule::end`] each callback gets one last call, and none after that.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use crate::panics::{Quarantine, contain};
use crate::sync::{Condvar, Mutex, deadline, lock, wait_for, wait_until};

/// Minimum interval; a shorter one is raised to it.
const MIN_INTERVAL: Duration = Duration::from_millis(10);
/// Maximum wait of the thread without a callback.
const MAX_WAIT: Duration = Duration::from_secs(3600);

/// Keeps a periodic callback alive; dropping it ends the calls.
///
/// A running call is not interrupted. Returned by [`Monitor::every`](crate::Monitor::every).
#[must_use = "the calls end when this is dropped"]
pub struct Every {
    added: Option<Added>,
}

struct Added {
    schedule: &'static Schedule,
    interval: Duration,
    dropped: Arc<AtomicBool>,
}

impl Every {
    /// Returns a handle without a callback.
    pub(crate) const fn empty() -> Self {
        Self { added: None }
    }
}

impl Drop for Every {
    fn drop(&mut self) {
        if let Some(added) = &self.added {
            let _state = lock(&added.schedule.state);
            added.dropped.store(true, Relaxed);
            added.schedule.changed.notify_all();
        }
    }
}

impl fmt::Debug for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let interval = self.added.as_ref().map(|added| added.interval);
        f.debug_struct("Every")
            .field("interval", &interval)
            .finish()
    }
}

struct Callback {
    call: Box<dyn FnMut() + Send>,
    interval: Duration,
    due: Instant,
    quarantine: Quarantine,
    /// Whether its handle was dropped.
    dropped: Arc<AtomicBool>,
}

impl Callback {
    fn is_dropped(&self) -> bool {
        self.dropped.load(Relaxed)
    }

    /// Calls it once; catches a panic, which may put the callback into quarantine.
    fn call(&mut self) {
        let pause = if contain(&mut self.call).is_some() {
            self.quarantine.succeeded();
            None
        } else {
            self.quarantine.panicked()
        };
        self.due = deadline(pause.unwrap_or_default().max(self.interval));
    }
}

/// The new callbacks of a monitor and the state of its thread of callbacks, which owns the others.
#[derive(Default)]
pub(crate) struct Schedule {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    added: Vec<Callback>,
    /// The thread was started or is being started.
    started: bool,
    thread: Option<ThreadId>,
    ending: bool,
    ended: bool,
}

impl Schedule {
    /// Adds a callback, and returns whether the caller must start the thread; `None` once the monitor ends.
    pub(crate) fn add(
        &'static self,
        interval: Duration,
        call: Box<dyn FnMut() + Send>,
    ) -> Option<(Every, bool)> {
        let interval = interval.max(MIN_INTERVAL);
        let dropped = Arc::new(AtomicBool::new(false));
        let mut state = lock(&self.state);
        if state.ending {
            return None;
        }
        state.added.push(Callback {
            call,
            interval,
            due: deadline(interval),
            quarantine: Quarantine::default(),
            dropped: Arc::clone(&dropped),
        });
        let must_start = !std::mem::replace(&mut state.started, true);
        drop(state);
        self.changed.notify_all();
        let added = Added {
            schedule: self,
            interval,
            dropped,
        };
        Some((Every { added: Some(added) }, must_start))
    }

    /// Reports that the thread could not be started.
    pub(crate) fn not_started(&self) {
        lock(&self.state).started = false;
    }

    /// Calls due callbacks until the monitor ends, then each callback once more.
    pub(crate) fn run(&self) {
        lock(&self.state).thread = Some(std::thread::current().id());
        let mut callbacks = Vec::new();
        let mut is_last = false;
        while !is_last {
            is_last = self.wait(&mut callbacks);
            let now = Instant::now();
            for callback in &mut callbacks {
                if (is_last || callback.due <= now) && !callback.is_dropped() {
                    callback.call();
                }
            }
            let removed = callbacks.extract_if(.., |callback| is_last || callback.is_dropped());
            for callback in removed {
                // Its destructor may panic or drop other handles.
                let _ = contain(move || drop(callback));
            }
        }
        lock(&self.state).ended = true;
        self.changed.notify_all();
    }

    /// Waits until a callback is due or dropped, and adds new ones; returns true when the monitor ends.
    fn wait(&self, callbacks: &mut Vec<Callback>) -> bool {
        let mut state = lock(&self.state);
        loop {
            callbacks.append(&mut state.added);
            if state.ending || callbacks.iter().any(Callback::is_dropped) {
                return state.ending;
            }
            let next = callbacks.iter().map(|callback| callback.due).min();
            let due = next.unwrap_or_else(|| deadline(MAX_WAIT));
            if due <= Instant::now() {
                return false;
            }
            state = wait_until(&self.changed, state, due);
        }
    }

    /// Requests the last calls and waits for them until `deadline`, unless a callback itself ends the monitor.
    pub(crate) fn end(&self, deadline: Instant) {
        let mut state = lock(&self.state);
        state.ending = true;
        self.changed.notify_all();
        if state.thread != Some(std::thread::current().id()) {
            let has_ended = |state: &State| !state.started || state.ended;
            let _ = wait_for(&self.changed, state, deadline, has_ended);
        }
    }
}
