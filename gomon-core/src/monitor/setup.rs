//! Which monitor and which configuration an adapter uses.

use std::sync::Arc;

use crate::config::Config;
use crate::monitor::Monitor;

/// Which monitor and which configuration an adapter uses: those of the process, looked up whenever they are needed,
/// unless they were pinned.
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
/// assert!(setup.monitor().is_noop());
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

    /// Pins the monitor.
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

    /// The monitor to use now.
    ///
    /// # Examples
    ///
    /// See [`Setup`].
    #[must_use]
    #[inline]
    pub fn monitor(&self) -> Monitor {
        self.monitor.unwrap_or_else(crate::monitor::global::global)
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
