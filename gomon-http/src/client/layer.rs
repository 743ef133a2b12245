//! Layer for HTTP clients.

use tower_layer::Layer;

use super::call::Dials;
use super::service::MonitoredClient;
use crate::server::Setup;
use crate::setup::setup_methods;

/// Records each call of an HTTP client as an event that ends with the response's body.
///
/// Outside a layer that retries, all attempts are one event. Inside it, each attempt is an event.
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
    /// Creates a layer that uses the monitor of the current tracker, or else the global one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    setup_methods!(setup);
}

impl<S> Layer<S> for MonitoringLayer {
    type Service = MonitoredClient<S>;

    fn layer(&self, inner: S) -> Self::Service {
        MonitoredClient::with_parts(inner, self.setup.clone(), self.dials.clone())
    }
}
