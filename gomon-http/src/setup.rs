//! Which monitor and which configuration a middleware uses.

use std::sync::Arc;

use gomon_core::Monitor;

use crate::HttpConfig;

/// Which monitor and which configuration a middleware uses: those of the process, looked up at each request, unless
/// they were pinned.
///
/// Applications have no use for it; the middleware of each framework is built on it.
///
/// # Examples
///
/// ```
/// use gomon_core::Monitor;
/// use gomon_http::HttpConfig;
/// use gomon_http::server::Setup;
///
/// let setup = Setup::new().with_monitor(Monitor::noop()).with_config(HttpConfig::default().with_response_body(10));
/// assert!(setup.monitor().is_noop());
/// assert_eq!(setup.config(setup.monitor()).response_body(), 10);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Setup {
    monitor: Option<Monitor>,
    config: Option<Arc<HttpConfig>>,
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
    pub fn with_config(mut self, config: HttpConfig) -> Self {
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
    pub fn config(&self, monitor: Monitor) -> Arc<HttpConfig> {
        match &self.config {
            Some(config) => Arc::clone(config),
            None => monitor.config(),
        }
    }
}
