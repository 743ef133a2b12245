//! Middleware for reqwest-middleware.

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};

use super::reqwest::MonitoredFuture;
use super::service::MonitoredClient;
use crate::setup::setup_methods;

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
