//! The layer for routers.

use gomon_core::Monitor;
use gomon_http::HttpConfig;
use gomon_http::server::Setup;
use tower_layer::Layer;

use crate::MonitoringService;

/// Makes every request of a router an event, which ends with the response's body.
///
/// Add it last: it sees the routes, the fallback and the layers that were added before. Added twice, the outer one
/// records and the inner one tells it the route, if it knows better.
///
/// # Examples
///
/// ```
/// use axum::{Router, routing::get};
/// use gomon_axum::MonitoringLayer;
///
/// let app: Router = Router::new()
///     .route("/hello", get(async || "Hello!"))
///     .layer(MonitoringLayer::new());
/// # drop(app);
/// ```
#[derive(Clone, Debug, Default)]
pub struct MonitoringLayer {
    setup: Setup,
}

impl MonitoringLayer {
    /// A layer for the monitor of the process, with its configuration.
    ///
    /// # Examples
    ///
    /// See [`MonitoringLayer`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Pins the configuration: that of the monitor is not asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_axum::{HttpConfig, MonitoringLayer};
    ///
    /// let layer = MonitoringLayer::new().with_config(HttpConfig::default().with_excluded(["/healthz"]));
    /// # drop(layer);
    /// ```
    #[must_use]
    pub fn with_config(self, config: HttpConfig) -> Self {
        Self {
            setup: self.setup.with_config(config),
        }
    }

    /// Records with this monitor instead of the one of the process.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_axum::MonitoringLayer;
    /// use gomon_core::Monitor;
    ///
    /// let running = Monitor::builder().build()?;
    /// let layer = MonitoringLayer::new().with_monitor(running.monitor());
    /// # drop(layer);
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn with_monitor(self, monitor: Monitor) -> Self {
        Self {
            setup: self.setup.with_monitor(monitor),
        }
    }
}

impl<S> Layer<S> for MonitoringLayer {
    type Service = MonitoringService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        MonitoringService::new(inner, self.setup.clone())
    }
}
