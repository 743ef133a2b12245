//! Owner of a monitor.

use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::{Duration, Instant};

use crate::monitor::Monitor;
use crate::monitor::auto::Hook;
use crate::state::core::Core;
use crate::state::health::{Health, ListenerHealth};
use crate::state::long_lived::LongLived;
use crate::sync::{deadline, lock_std};
use crate::transport::ticket::Last;

/// Maximum timeout; a longer one could overflow the clock.
const MAX_TIMEOUT: Duration = Duration::from_secs(86_400);
/// Timeout of the shutdown by `drop`.
const DROP_TIMEOUT: Duration = Duration::from_secs(1);

/// A monitor that runs until this is shut down or dropped.
///
/// Bind it to a variable (`let _gomon = …`): `let _ = …` drops it at once.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use gomon_core::{Monitor, Recorder};
///
/// let gomon = Monitor::builder().listener(Recorder::new().listener()).build()?;
/// gomon.monitor().root("job").finish();
/// let report = gomon.shutdown(Duration::from_secs(5));
/// assert!(report.is_complete());
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the monitor stops when this is dropped"]
pub struct Running {
    core: &'static Core,
    monitor: Monitor,
    hooks: Vec<Hook>,
}

impl Running {
    pub(crate) fn new(core: &'static Core) -> Self {
        Self {
            core,
            monitor: Monitor::of(Some(core)),
            hooks: Vec::new(),
        }
    }

    pub(super) fn set_hooks(&mut self, hooks: Vec<Hook>) {
        self.hooks = hooks;
    }

    /// Returns a handle to the monitor.
    #[must_use]
    pub fn monitor(&self) -> Monitor {
        self.monitor
    }

    /// Returns what the hooks of [`MonitorBuilder::auto`](crate::MonitorBuilder::auto) did.
    #[must_use]
    pub fn hooks(&self) -> &[Hook] {
        &self.hooks
    }

    /// Delivers all pending events and stops the monitor, within `timeout`.
    ///
    /// It may be called anywhere: in any async runtime, in a destructor, twice, and by a listener. It does not wait for
    /// the listener that calls it. Events that a listener has not processed by the deadline are dropped and counted, and
    /// so are the events that wait for a listener in quarantine.
    pub fn shutdown(&self, timeout: Duration) -> ShutdownReport {
        let core = self.core;
        // A fork has none of the threads, and inherited events are the parent's to deliver.
        if !core.is_native() {
            return ShutdownReport::default();
        }
        let deadline = deadline(timeout);
        // Called while trackers still open. The listeners get the other half of the time.
        core.schedule
            .end(Instant::now() + timeout.min(MAX_TIMEOUT) / 2);
        core.stopped.store(true, SeqCst);
        core.set_enabled(false);
        let this_thread = std::thread::current().id();
        core.tickets.end(Last {
            deadline,
            thread: this_thread,
        });
        core.wake();
        let is_dispatched = core.tickets.wait_closed(deadline);
        let listeners = lock_std(&core.listeners).clone();
        for listener in &listeners {
            listener.queue.close();
        }
        let mut late = Vec::new();
        for listener in &listeners {
            if listener.thread == this_thread {
                late.push(listener.name.clone());
            } else if !(is_dispatched && listener.queue.wait_exited(deadline)) {
                // Without the last pass, it may have ended before its last events came.
                listener.queue.abandon();
                late.push(listener.name.clone());
            }
        }
        let quarantined = listeners
            .iter()
            .filter(|listener| listener.queue.figures().quarantined_at_close)
            .map(|listener| listener.name.clone())
            .collect();
        let open = core.extensions.get::<LongLived>().open();
        core.extensions.clear();
        ShutdownReport {
            health: self.monitor.health(),
            open,
            late,
            quarantined,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.core.stopped.load(Relaxed) {
            self.shutdown(DROP_TIMEOUT);
        }
    }
}

/// Result of a shutdown.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// The final health: events produced, delivered and dropped, by listener and cause.
    pub health: Health,
    /// Recorded connections to databases that are open, by fingerprint. Their events are not delivered.
    ///
    /// The adapters for SQL count `sql-wconn`: connections that were opened without a pool, and checkouts of pools. No
    /// other trackers are counted here, such as requests in flight and connections of HTTP clients.
    ///
    /// [`Health::open`] counts all open trackers.
    pub open: Vec<(&'static str, u64)>,
    /// Listeners that had not finished by the deadline.
    pub late: Vec<String>,
    /// Listeners in quarantine after too many panics, whose waiting events were dropped.
    pub quarantined: Vec<String>,
}

impl ShutdownReport {
    /// Returns whether every listener got all events since it was added, without a failure or a loss.
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
