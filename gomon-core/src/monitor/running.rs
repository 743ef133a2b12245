//! The owner of a monitor.

use std::ops::Deref;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::{Duration, Instant};

use crate::monitor::{Monitor, deadline};
use crate::state::core::Core;
use crate::state::health::{Health, ListenerHealth};
use crate::sync::lock_std;
use crate::transport::ticket::Last;

/// Longer waits would overflow the clock.
const FAR: Duration = Duration::from_secs(86_400);
/// How long `drop` waits.
const DROP_TIMEOUT: Duration = Duration::from_secs(1);

/// A monitor that runs until this is shut down or dropped. It must be kept: `let _gomon = …`, not `let _ = …`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use gomon_core::{Monitor, Recorder};
///
/// let gomon = Monitor::builder().listener(Recorder::new().listener()).build()?;
/// gomon.root("job").finish();
/// let report = gomon.shutdown(Duration::from_secs(5));
/// assert!(report.is_complete());
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the monitor stops when this is dropped"]
pub struct Running {
    core: &'static Core,
    monitor: Monitor,
}

impl Running {
    pub(crate) fn new(core: &'static Core) -> Self {
        Self {
            core,
            monitor: Monitor::of(Some(core)),
        }
    }

    /// The handle to it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::Monitor;
    /// let running = Monitor::builder().build()?;
    /// let monitor = running.monitor();
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn monitor(&self) -> Monitor {
        self.monitor
    }

    /// Delivers what there is and stops, within `timeout`; then nothing is tracked any more.
    ///
    /// It may be called anywhere: in an async runtime of any kind, in a destructor, twice, and by a listener, which it
    /// does not wait for. What a listener has not taken by the deadline is dropped and counted, and so is what waits for one
    /// that is in quarantine.
    ///
    /// # Examples
    ///
    /// See [`Running`].
    pub fn shutdown(&self, timeout: Duration) -> ShutdownReport {
        let core = self.core;
        // A fork has none of the threads, and nothing of what was inherited is its own to deliver.
        if !core.is_native() {
            return ShutdownReport::default();
        }
        let deadline = deadline(timeout);
        // While trackers are still opened; the other half of the time is for the listeners.
        core.schedule.end(Instant::now() + timeout.min(FAR) / 2);
        core.stopped.store(true, SeqCst);
        core.set_enabled(false);
        let this_thread = std::thread::current().id();
        core.tickets.end(Last {
            deadline,
            thread: this_thread,
        });
        core.wake();
        core.tickets.wait_closed(deadline);
        let listeners = lock_std(&core.listeners).clone();
        for listener in &listeners {
            listener.queue.close();
        }
        let mut late = Vec::new();
        for listener in &listeners {
            if listener.thread == this_thread {
                late.push(listener.name.clone());
            } else if !listener.queue.wait_exited(deadline) {
                listener.queue.abandon();
                late.push(listener.name.clone());
            }
        }
        let quarantined = listeners
            .iter()
            .filter(|listener| listener.queue.figures().quarantined_at_close)
            .map(|listener| listener.name.clone())
            .collect();
        core.extensions.clear();
        ShutdownReport {
            health: self.monitor.health(),
            late,
            quarantined,
        }
    }
}

impl Deref for Running {
    type Target = Monitor;

    fn deref(&self) -> &Monitor {
        &self.monitor
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.core.stopped.load(Relaxed) {
            self.shutdown(DROP_TIMEOUT);
        }
    }
}

/// How a monitor ended.
///
/// # Examples
///
/// ```
/// assert!(gomon_core::ShutdownReport::default().is_complete());
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// What was produced, delivered and dropped, by listener and cause.
    pub health: Health,
    /// Listeners that were not done by the deadline.
    pub late: Vec<String>,
    /// Listeners that had panicked too often, so that what waited for them was dropped.
    pub quarantined: Vec<String>,
}

impl ShutdownReport {
    /// Returns whether every listener took all events since it was added, without a failure or a loss.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let has_all = |listener: &ListenerHealth| {
            let ListenerHealth { dropped, lost, .. } = listener;
            let missing =
                listener.failed + listener.waiting + dropped.total() - dropped.before_added;
            missing == 0 && lost.is_empty()
        };
        self.late.is_empty()
            && self.quarantined.is_empty()
            && self.health.listeners.iter().all(has_all)
    }
}
