//! Middleware for reqwest-middleware.

use async_trait::async_trait;
use gomon_core::Monitor;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};

use super::reqwest::MonitoredFuture;
use super::service::MonitoredClient;
use crate::HttpConfig;

/// Makes every call of a reqwest client an event, which ends with the response's body.
///
/// Added before a middleware that retries, it makes one event of the whole; added after it, one of each attempt.
///
/// # Examples
///
/// ```
/// use gomon_http::client::MonitoringMiddleware;
///
/// fn watched(client: reqwest::Client) -> reqwest_middleware::ClientWithMiddleware {
///     reqwest_middleware::ClientBuilder::new(client)
///         .with(MonitoringMiddleware::new())
///         .build()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct MonitoringMiddleware {
    client: MonitoredClient<()>,
}

impl MonitoringMiddleware {
    /// Middleware for the monitor of the process, with its configuration.
    ///
    /// # Examples
    ///
    /// See [`MonitoringMiddleware`].
    #[must_use]
    pub fn new() -> Self {
        Self {
            client: MonitoredClient::new(()),
        }
    }

    /// Pins the configuration: that of the monitor is not asked.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_http::{HttpConfig, client::MonitoringMiddleware};
    ///
    /// let middleware = MonitoringMiddleware::new().with_config(HttpConfig::default().with_response_body(1024));
    /// # drop(middleware);
    /// ```
    #[must_use]
    pub fn with_config(self, config: HttpConfig) -> Self {
        Self {
            client: self.client.with_config(config),
        }
    }

    /// Records with this monitor instead of the one of the process.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_http::client::MonitoringMiddleware;
    ///
    /// let running = gomon_core::Monitor::builder().build()?;
    /// let middleware = MonitoringMiddleware::new().with_monitor(running.monitor());
    /// # drop(middleware);
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn with_monitor(self, monitor: Monitor) -> Self {
        Self {
            client: self.client.with_monitor(monitor),
        }
    }
}

impl Default for MonitoringMiddleware {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Middleware for MonitoringMiddleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let call = self.client.begin_reqwest(&mut request);
        MonitoredFuture::start(call, || next.run(request, extensions)).await
    }
}
