//! Service for tower and for frameworks built on it.

use std::fmt::Display;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::headers::HttpHeaders;
use crate::server::ResponseFuture;
use crate::server::request::http::HttpHead;
use crate::server::{Framework, RequestWatch, ResponseBody, Setup, describe};
use crate::setup::setup_methods;

/// A service that records each request as an event. [`MonitoringLayer`](crate::MonitoringLayer) creates it.
///
/// `F` is the web framework; `()` is plain tower.
///
/// # Examples
///
/// ```
/// use gomon_http::{server::MonitoringService, MonitoringLayer};
/// use tower::Layer;
///
/// fn monitored<S>(service: S) -> MonitoringService<S> {
///     MonitoringLayer::new().layer(service)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct MonitoringService<S, F = ()> {
    pub(super) inner: S,
    pub(super) setup: Setup,
    framework: PhantomData<fn() -> F>,
}

impl<S> MonitoringService<S> {
    /// Wraps a service of tower or, with the feature `hyper`, of hyper.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "hyper")] {
    /// use std::convert::Infallible;
    /// use gomon_http::server::MonitoringService;
    /// use hyper::body::{Bytes, Incoming};
    /// use hyper::service::service_fn;
    /// use hyper::{Request, Response};
    ///
    /// async fn hello(_: Request<Incoming>) -> Result<Response<String>, Infallible> {
    ///     Ok(Response::new("hello".to_owned()))
    /// }
    ///
    /// let service = MonitoringService::new(service_fn(hello));
    /// // … `http1::Builder::new().serve_connection(io, service)`
    /// # drop(service); }
    /// ```
    pub fn new(service: S) -> Self {
        Self::with_setup(service, Setup::new())
    }
}

impl<S, F> MonitoringService<S, F> {
    /// Wraps a service with the setup of a framework's middleware.
    pub fn with_setup(inner: S, setup: Setup) -> Self {
        Self {
            inner,
            setup,
            framework: PhantomData,
        }
    }

    setup_methods!(setup);
}

impl<S, F, ReqBody, ResBody> Service<Request<ReqBody>> for MonitoringService<S, F>
where
    F: Framework<ReqBody> + ResponseBody<ResBody>,
    S: Service<Request<<F as Framework<ReqBody>>::Body>, Response = Response<ResBody>>,
    S::Error: Display + 'static,
    ResBody: Body,
{
    type Response = Response<<F as ResponseBody<ResBody>>::Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, F>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        start(&self.setup, request, |request| self.inner.call(request))
    }
}

/// Marks a request that was seen by a layer, so that inner layers do not record it again.
///
/// It may grow the table of extensions, which a check of the current tracker would not. But it follows the request into
/// other tasks and its clones, and requests that the handler makes do not have it.
#[derive(Clone)]
struct Seen;

/// Opens the event of `request` and passes the request to the inner service by `call`.
#[inline]
pub(super) fn start<F: Framework<B>, B, R>(
    setup: &Setup,
    mut request: Request<B>,
    call: impl FnOnce(Request<F::Body>) -> R,
) -> ResponseFuture<R, F> {
    let mut watch = begin::<F, B>(setup, &mut request);
    let future = if watch.is_off() {
        Some(call(F::admit(request, None)))
    } else {
        let mut request = Some(F::admit(request, watch.request_size()));
        // The closure borrows the request; by value, it would be copied at each step.
        watch.run(|| request.take().map(call))
    };
    ResponseFuture::new(future, watch)
}

/// Opens the event of `request`, unless it is not recorded.
fn begin<F: Framework<B>, B>(setup: &Setup, request: &mut Request<B>) -> RequestWatch {
    let monitor = setup.monitor();
    if !monitor.is_enabled() {
        return RequestWatch::off();
    }
    if request.extensions_mut().insert(Seen).is_some() {
        F::route(request).set_on_outer();
        return RequestWatch::off();
    }
    let head = HttpHead::<F, B>::new(request);
    let headers = HttpHeaders(request.headers());
    describe::open(setup, monitor, F::FINGERPRINT, &head, &headers)
}
