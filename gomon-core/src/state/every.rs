//! Periodic callbacks of one monitor.
//!
//! One thread per monitor calls them; the first callback starts it. A callback that blocks delays only the other
//! callbacks. Invariants:
//!
//! * A missed call is skipped: the next call is due one interval after the end of the previous one.
//! * No lock is held while a callback runs, so that a callback may add or drop others, itself included.
//! * After [`Schedule::end`] each callback gets one last call, and none after that.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use crate::panics::{Quarantine, contain};
use crate::sync::lock_std;

/// Minimum interval; a shorter one is raised to it.
const MIN_INTERVAL: Duration = Duration::from_millis(10);

/// Keeps a periodic callback alive; dropping it ends the calls.
///
/// A running call is not interrupted. Returned by [`Monitor::every`](crate::Monitor::every).
#[must_use = "the calls end when this is dropped"]
pub struct Every {
    added: Option<(&'static Schedule, Arc<Callback>)>,
}

impl Every {
    /// Returns a handle without a callback.
    pub(crate) const fn empty() -> Self {
        Self { added: None }
    }
}

impl Drop for Every {
    fn drop(&mut self) {
        if let Some((schedule, callback)) = self.added.take() {
            callback.ended.store(true, Relaxed);
            schedule.changed.notify_all();
        }
    }
}

impl fmt::Debug for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let interval = self.added.as_ref().map(|(_, callback)| callback.interval);
        f.debug_struct("Every")
            .field("interval", &interval)
            .finish()
    }
}

struct Callback {
    interval: Duration,
    ended: AtomicBool,
    /// Locked before and after each call, never during it.
    run: Mutex<Run>,
}

struct Run {
    call: Option<Box<dyn FnMut() + Send>>,
    due: Instant,
    quarantine: Quarantine,
}

impl Callback {
    /// Calls it once; catches a panic, which may put the callback into quarantine.
    fn call(&self) {
        // Moved out, so that no lock is held during the call.
        let Some(mut call) = lock_std(&self.run).call.take() else {
            return;
        };
        let returned = contain(&mut call).is_some();
        let mut run = lock_std(&self.run);
        let pause = if returned {
            run.quarantine.succeeded();
            None
        } else {
            run.quarantine.panicked()
        };
        run.due = later(Instant::now(), pause.unwrap_or_default().max(self.interval));
        if !self.ended.load(Relaxed) {
            run.call = Some(call);
            return;
        }
        drop(run);
        // Its destructor may panic or end other callbacks.
        let _ = contain(move || drop(call));
    }
}

/// The callbacks of a monitor and the state of their thread.
#[derive(Default)]
pub(crate) struct Schedule {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    callbacks: Vec<Arc<Callback>>,
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
        let callback = Arc::new(Callback {
            interval,
            ended: AtomicBool::new(false),
            run: Mutex::new(Run {
                call: Some(call),
                due: later(Instant::now(), interval),
                quarantine: Quarantine::default(),
            }),
        });
        let mut state = lock_std(&self.state);
        if state.ending {
            return None;
        }
        state.callbacks.push(Arc::clone(&callback));
        let must_start = !std::mem::replace(&mut state.started, true);
        drop(state);
        self.changed.notify_all();
        let every = Every {
            added: Some((self, callback)),
        };
        Some((every, must_start))
    }

    /// Reports that the thread could not be started.
    pub(crate) fn not_started(&self) {
        lock_std(&self.state).started = false;
    }

    /// Calls due callbacks until the monitor ends, then each callback once more.
    pub(crate) fn run(&self) {
        lock_std(&self.state).thread = Some(std::thread::current().id());
        while let Some(due) = self.next() {
            due.iter().for_each(|callback| callback.call());
        }
        let last = std::mem::take(&mut lock_std(&self.state).callbacks);
        let live = last.iter().filter(|callback| !callback.ended.load(Relaxed));
        live.for_each(|callback| callback.call());
        let _ = contain(move || drop(last));
        lock_std(&self.state).ended = true;
        self.changed.notify_all();
    }

    /// Waits for due callbacks; returns `None` when the monitor ends.
    fn next(&self) -> Option<Vec<Arc<Callback>>> {
        let mut state = lock_std(&self.state);
        loop {
            if state.ending {
                return None;
            }
            let (ended, live) = std::mem::take(&mut state.callbacks)
                .into_iter()
                .partition(|callback: &Arc<Callback>| callback.ended.load(Relaxed));
            state.callbacks = live;
            if !Vec::is_empty(&ended) {
                drop(state);
                let _ = contain(move || drop(ended));
                state = lock_std(&self.state);
                continue;
            }
            let now = Instant::now();
            let dues = state
                .callbacks
                .iter()
                .map(|callback| (lock_std(&callback.run).due, callback));
            let (due, waiting): (Vec<_>, Vec<_>) = dues.partition(|(due, _)| *due <= now);
            if !due.is_empty() {
                return Some(
                    due.into_iter()
                        .map(|(_, callback)| Arc::clone(callback))
                        .collect(),
                );
            }
            let next = waiting.iter().map(|(due, _)| *due).min();
            let left = next.map_or(Duration::from_secs(3600), |due| {
                due.saturating_duration_since(now)
            });
            drop(waiting);
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Requests the last calls and waits for them until `deadline`, unless a callback itself ends the monitor.
    pub(crate) fn end(&self, deadline: Instant) {
        let mut state = lock_std(&self.state);
        state.ending = true;
        self.changed.notify_all();
        let is_own = state.thread == Some(std::thread::current().id());
        while state.started && !state.ended && !is_own {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

/// Returns `now + pause`, or a day later if that overflows.
fn later(now: Instant, pause: Duration) -> Instant {
    now.checked_add(pause)
        .unwrap_or_else(|| now + Duration::from_secs(86_400))
}
