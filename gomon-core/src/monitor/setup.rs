//! Monitor and configuration of an adapter.
//!
//! All code that opens trackers follows these rules, implemented here, in `global` and in `context/child.rs`:
//!
//! 1. A pinned monitor is always used. Its tracker is a child of the current one if both have this monitor, else a root:
//!    no event has a parent in another monitor.
//! 2. Otherwise a tracker with a parent is a child of the current tracker, in that tracker's monitor.
//! 3. Without a current tracker, and for trackers that begin a trace (server requests), the global monitor is used. A
//!    request that is served in the scope of a tracker of that monitor is a child of that tracker.
//!
//! A tracker of a monitor that was shut down or inherited by a fork does not count as current. A tracker of a disabled
//! monitor does: its children are empty.

use std::sync::Arc;

use crate::config::Config;
use crate::context::child::current_core;
use crate::context::tracker_context::TrackerContext;
use crate::monitor::Monitor;
use crate::monitor::global::{global, tracker};
use crate::state::global::is_any_enabled;
use crate::tracker::EventTracker;

/// The monitor and the configuration of an adapter.
///
/// Unless they are pinned, they are looked up at each use: those of the current tracker, or of the process.
///
/// | | begins a trace: [`monitor`](Self::monitor) | has a parent: [`tracker`](Self::tracker), [`monitor_under`](Self::monitor_under) |
/// |---|---|---|
/// | pinned | the pinned monitor | the pinned monitor: a child of the current tracker if it has this monitor, else a root |
/// | not pinned | the global monitor | a child of the current tracker, in its monitor; without a current tracker, the global monitor |
///
/// It is for adapters: `with_monitor` and `with_config` of a layer or a wrapper set it.
///
/// # Examples
///
/// ```
/// use gomon_core::adapter::Setup;
/// use gomon_core::{Monitor, Sampling};
///
/// let setup = Setup::new().with_monitor(Monitor::noop()).with_config(Sampling::default().with_rate(0.5));
/// assert!(setup.monitor().is_noop() && setup.pinned() == Some(Monitor::noop()));
/// assert_eq!(setup.config(setup.monitor()).rate(), 0.5);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Setup<C> {
    monitor: Option<Monitor>,
    config: Option<Arc<C>>,
}

impl<C: Config> Setup<C> {
    /// Returns a setup that pins neither.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Pins the monitor. Its trackers have no parent in another monitor.
    #[must_use]
    pub fn with_monitor(mut self, monitor: Monitor) -> Self {
        self.monitor = Some(monitor);
        self
    }

    /// Pins the configuration.
    #[must_use]
    pub fn with_config(mut self, config: C) -> Self {
        self.config = Some(Arc::new(config));
        self
    }

    /// Returns the pinned monitor.
    #[must_use]
    #[inline]
    pub const fn pinned(&self) -> Option<Monitor> {
        self.monitor
    }

    /// Returns the monitor for trackers that begin a trace, such as server requests: the pinned or the global one.
    #[must_use]
    #[inline]
    pub fn monitor(&self) -> Monitor {
        self.monitor.unwrap_or_else(global)
    }

    /// Returns the monitor for trackers with a parent, such as calls and queries.
    ///
    /// It is the first of these: the pinned one, that of the current tracker, that of `other`, the global one. `other`
    /// is a parent that is not current, such as a connection.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::adapter::Setup;
    /// use gomon_core::{Monitor, Sampling};
    ///
    /// let running = Monitor::builder().build()?;
    /// let setup = Setup::<Sampling>::new();
    /// running.monitor().root("job").scope(|| assert_eq!(setup.monitor_under(None), running.monitor()));
    /// assert!(setup.monitor_under(None).is_noop());
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn monitor_under(&self, other: Option<&TrackerContext>) -> Monitor {
        if let Some(pinned) = self.monitor {
            return pinned;
        }
        // Fast path: no tracker opens anyway.
        if !is_any_enabled() {
            return global();
        }
        let other = || other.map(TrackerContext::core);
        let parent = current_core().or_else(|| other().filter(|core| core.may_have_children()));
        parent.map_or_else(global, |core| Monitor::of(Some(core)))
    }

    /// Opens a tracker in [`monitor_under`](Self::monitor_under).
    ///
    /// It is a child of the current tracker if both have the same monitor, else a root.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::adapter::Setup;
    /// use gomon_core::{Monitor, Sampling, Tracker};
    ///
    /// let (one, two) = (Monitor::builder().build()?, Monitor::builder().build()?);
    /// let (setup, pinned) = (Setup::<Sampling>::new(), Setup::<Sampling>::new().with_monitor(two.monitor()));
    /// let mut job = one.monitor().root("job");
    /// let id = job.id();
    /// job.scope(|| {
    ///     assert_eq!(setup.tracker("step").parent(), Some(id));
    ///     assert_ne!(pinned.tracker("step").parent(), Some(id));
    /// });
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[inline]
    pub fn tracker(&self, fingerprint: &'static str) -> EventTracker {
        match self.monitor {
            Some(pinned) => pinned.tracker(fingerprint),
            None => tracker(fingerprint),
        }
    }

    /// Returns the configuration in effect: the pinned one, or that of `monitor`.
    #[must_use]
    pub fn config(&self, monitor: Monitor) -> Arc<C> {
        match &self.config {
            Some(config) => Arc::clone(config),
            None => monitor.config(),
        }
    }
}
