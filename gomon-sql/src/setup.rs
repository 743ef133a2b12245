//! Which monitor and which configuration the recording uses.

use std::sync::Arc;

use gomon_core::Monitor;

use crate::SqlConfig;

/// Which monitor and which configuration the recording uses: those of the process, looked up at each connection and statement, unless
/// they were pinned.
///
/// Applications have no use for it; the wrapper of each library is built on it.
///
/// # Examples
///
/// ```
/// use gomon_core::Monitor;
/// use gomon_sql::{SqlConfig, Setup};
///
/// let setup = Setup::new().with_monitor(Monitor::noop()).with_config(SqlConfig::default().with_rows(10));
/// assert!(setup.monitor().is_noop());
/// assert_eq!(setup.config(setup.monitor()).rows(), 10);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Setup {
    monitor: Option<Monitor>,
    config: Option<Arc<SqlConfig>>,
}

impl Setup {
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
    pub fn with_config(mut self, config: SqlConfig) -> Self {
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
        self.monitor.unwrap_or_else(gomon_core::global)
    }

    /// The configuration to use now.
    ///
    /// # Examples
    ///
    /// See [`Setup`].
    #[must_use]
    pub fn config(&self, monitor: Monitor) -> Arc<SqlConfig> {
        match &self.config {
            Some(config) => Arc::clone(config),
            None => monitor.config(),
        }
    }
}
