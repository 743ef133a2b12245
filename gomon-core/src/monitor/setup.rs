//! Which monitor and which configuration an adapter uses.
//!
//! All that opens trackers follows one rule, which is implemented here, in `global` and in
//! `context/child.rs`:
//!
//! 1. A pinned monitor is used, whatever is current. Its tracker is a child of the current one if that is of the same
//!    monitor, else a root: no event has a parent in another monitor.
//! 2. Otherwise what has a parent opens under the current tracker, in the monitor of that.
//! 3. Where nothing is current, and for what begins a trace, such as a request to a server, it is the global monitor.
//!
//! A tracker whose monitor was shut down, or that a fork inherited, counts as none. One whose monitor is disabled counts:
//! nothing is tracked below it.

use std::sync::Arc;

use crate::config::Config;
use crate::context::child::current_core;
use crate::context::tracker_context::TrackerContext;
use crate::monitor::Monitor;
use crate::monitor::global::{global, tracker};
use crate::state::global::is_any_enabled;
use crate::tracker::EventTracker;

/// Which monitor and which configuration an adapter uses: those of the current tracker or of the process, looked up
/// whenever they are needed, unless they were pinned.
///
/// | | begins a trace: [`monitor`](Self::monitor) | has a parent: [`tracker`](Self::tracker), [`monitor_under`](Self::monitor_under) |
/// |---|---|---|
/// | pinned | the pinned monitor | the pinned monitor: a child of the current tracker if that is of this monitor, else a root |
/// | not pinned | the global monitor | the monitor of the current tracker, as its child; where nothing is current, the global monitor |
///
/// Applications have no use for it; what they set with `with_monitor` and `with_config` of a layer or a wrapper comes
/// here.
///
/// # Examples
///
/// ```
/// use gomon_core::{Monitor, Sampling, Setup};
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
    /// The monitor and the configuration of the process.
    ///
    /// # Examples
    ///
    /// See [`Setup`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Pins the monitor, whatever is current; its trackers have no parent in another one.
    ///
    /// # Examples
    ///
    /// See [`Setup`].
    #[must_use]
    pub fn with_monitor(mut self, monitor: Monitor) -> Self {
        self.monitor = Some(monitor);
        self
    }

    /// Pins the configuration.
    ///
    /// # Examples
    ///
    /// See [`Setup`].
    #[must_use]
    pub fn with_config(mut self, config: C) -> Self {
        self.config = Some(Arc::new(config));
        self
    }

    /// Returns the pinned monitor, if one is pinned.
    ///
    /// # Examples
    ///
    /// See [`Setup`].
    #[must_use]
    #[inline]
    pub const fn pinned(&self) -> Option<Monitor> {
        self.monitor
    }

    /// Returns the monitor for what begins a trace, such as a request to a server: the pinned one, else the global one.
    ///
    /// # Examples
    ///
    /// See [`Setup`].
    #[must_use]
    #[inline]
    pub fn monitor(&self) -> Monitor {
        self.monitor.unwrap_or_else(global)
    }

    /// Returns the monitor for what has a parent, such as a call or a query: the pinned one, else that of the current
    /// tracker, else that of `other`, a parent which is not current, such as a connection; else the global one.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Monitor, Sampling, Setup};
    ///
    /// let running = Monitor::builder().build()?;
    /// let setup = Setup::<Sampling>::new();
    /// running.root("job").scope(|| assert_eq!(setup.monitor_under(None), running.monitor()));
    /// assert!(setup.monitor_under(None).is_noop());
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn monitor_under(&self, other: Option<&TrackerContext>) -> Monitor {
        if let Some(pinned) = self.monitor {
            return pinned;
        }
        // Where nothing opens anyway, there is nothing to look for.
        if !is_any_enabled() {
            return global();
        }
        let other = || other.map(TrackerContext::core);
        let parent = current_core().or_else(|| other().filter(|core| core.may_have_children()));
        parent.map_or_else(global, |core| Monitor::of(Some(core)))
    }

    /// Opens a tracker in [`monitor_under`](Self::monitor_under): a child of the current one if that is of this monitor,
    /// else a root.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Monitor, Sampling, Setup, Tracker};
    ///
    /// let (one, two) = (Monitor::builder().build()?, Monitor::builder().build()?);
    /// let (setup, pinned) = (Setup::<Sampling>::new(), Setup::<Sampling>::new().with_monitor(two.monitor()));
    /// let mut job = one.root("job");
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

    /// The configuration to use now.
    ///
    /// # Examples
    ///
    /// See [`Setup`].
    #[must_use]
    pub fn config(&self, monitor: Monitor) -> Arc<C> {
        match &self.config {
            Some(config) => Arc::clone(config),
            None => monitor.config(),
        }
    }

    /// A copy of the configuration to use now: for small ones that are read again and again; see
    /// [`Monitor::config_copy`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Sampling, Setup};
    ///
    /// let setup = Setup::new().with_config(Sampling::default().with_rate(0.5));
    /// assert_eq!(setup.config_copy(setup.monitor()).rate(), 0.5);
    /// ```
    #[must_use]
    #[inline]
    pub fn config_copy(&self, monitor: Monitor) -> C {
        match &self.config {
            Some(config) => C::clone(config),
            None => monitor.config_copy(),
        }
    }
}
