//! The layer for any HTTP client.

use gomon_core::Monitor;
use tower_layer::Layer;

use super::call::Dials;
use super::service::MonitoredClient;
use crate::HttpConfig;
use crate::server::Setup;

/// Makes every call of an HTTP client an event, which ends with the response's body.
///
/// Around a layer that retries, it makes one event of the whole; inside of it, one of each attempt.
///
/// # Examples
///
/// ```
/// use gomon_http::client::MonitoringLayer;
/// use http::{Request, Response};
/// use http_body_util::{Empty, Full};
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
///
/// # async fn send(_: Request<Empty<&[u8]>>) -> Result<Response<Full<&'static [u8]>>, std::io::Error> {
/// #     Ok(Response::new(Full::new(&b"hello"[..])))
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let client = ServiceBuilder::new()
///     .layer(MonitoringLayer::new())
///     .service(service_fn(send)); // the client
/// let request = Request::get("http://shop/goods").body(Empty::new()).unwrap();
/// let response = client.oneshot(request).await?;
/// assert_eq!(response.status(), 200);
/// # Ok::<(), std::io::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct MonitoringLayer {
    setup: Setup,
    dials: Dials,
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
    /// use gomon_http::HttpConfig;
    /// use gomon_http::client::MonitoringLayer;
    ///
    /// let layer = MonitoringLayer::new().with_config(HttpConfig::default().with_response_body(1024));
    /// # drop(layer);
    /// ```
    #[must_use]
    pub fn with_config(self, config: HttpConfig) -> Self {
        Self {
            setup: self.setup.with_config(config),
            ..self
        }
    }

    /// Records with this monitor instead of the one of the process.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::Monitor;
    /// use gomon_http::client::MonitoringLayer;
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
            ..self
        }
    }
}

impl<S> Layer<S> for MonitoringLayer {
    type Service = MonitoredClient<S>;

    fn layer(&self, inner: S) -> Self::Service {
        MonitoredClient::with_parts(inner, self.setup.clone(), self.dials.clone())
    }
}
