//! Layer for tower services.

use std::marker::PhantomData;

use crate::server::{MonitoringService, Setup};
use crate::setup::setup_methods;

/// Records each request of a tower service as an event that ends with the response's body.
///
/// Make it the outermost layer. If several layers see a request, the outermost one records it.
///
/// # Examples
///
/// ```
/// use std::convert::Infallible;
/// use gomon_http::MonitoringLayer;
/// use http::{Request, Response};
/// use http_body_util::{Empty, Full};
/// use tower::{ServiceBuilder, ServiceExt};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let service = ServiceBuilder::new()
///     .layer(MonitoringLayer::new())
///     .service_fn(async |_request: Request<Empty<&[u8]>>| {
///         Ok::<_, Infallible>(Response::new(Full::new(&b"hello"[..])))
///     });
/// let response = service.oneshot(Request::new(Empty::new())).await?;
/// assert_eq!(response.status(), 200);
/// # Ok::<(), Infallible>(()) }).unwrap();
/// ```
pub type MonitoringLayer = Layer<()>;

/// The layer for frameworks built on tower. `F` adapts it to the framework.
///
/// Each framework's crate exports it as `MonitoringLayer`.
#[derive(Clone, Debug)]
pub struct Layer<F> {
    setup: Setup,
    framework: PhantomData<fn() -> F>,
}

impl<F> Layer<F> {
    /// Creates a layer that uses the global monitor and its configuration.
    #[must_use]
    pub fn new() -> Self {
        Self::with_setup(Setup::new())
    }

    setup_methods!(setup);

    fn with_setup(setup: Setup) -> Self {
        Self {
            setup,
            framework: PhantomData,
        }
    }
}

impl<S, F> tower_layer::Layer<S> for Layer<F> {
    type Service = MonitoringService<S, F>;

    fn layer(&self, inner: S) -> Self::Service {
        MonitoringService::with_setup(inner, self.setup.clone())
    }
}

impl<F> Default for Layer<F> {
    fn default() -> Self {
        Self::new()
    }
}
