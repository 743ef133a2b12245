//! Middleware for reqwest-middleware.

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};

use super::reqwest::MonitoredFuture;
use super::service::MonitoredClient;
use crate::setup::setup_methods;

/// Records each call of a reqwest client as an event that ends with the response's body.
///
/// If it is added before a middleware that retries, all attempts are one event. If it is added after it, each attempt
/// is an event.
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
    /// Creates a middleware that uses the monitor of the current tracker, or else the global one.
    #[must_use]
    pub fn new() -> Self {
        Self {
            client: MonitoredClient::new(()),
        }
    }

    setup_methods!(client.setup);
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
