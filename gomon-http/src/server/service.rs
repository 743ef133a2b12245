//! The service that every framework of this family shares.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::headers::HttpHeaders;
use crate::server::ResponseFuture;
use crate::server::request::http::HttpHead;
use crate::server::{Framework, RequestWatch, ResponseBody, Setup};
use crate::setup::setup_methods;

/// A service of which every request is an event. [`MonitoringLayer`](crate::MonitoringLayer) makes it.
///
/// `F` is the framework whose service it is; `()` is plain tower.
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
pub struct MonitoringService<S, F = ()> {
    pub(super) inner: S,
    pub(super) setup: Setup,
    framework: PhantomData<fn() -> F>,
}

impl<S> MonitoringService<S> {
    /// Watches `service`, of tower or, with the feature `hyper`, of hyper alone.
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
    /// For the middleware of frameworks, which bring the setup from their layer.
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
    S::Error: Display,
    ResBody: Body,
{
    type Response = Response<<F as ResponseBody<ResBody>>::Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, F>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let mut watch = begin::<F, _>(&self.setup, &mut request);
        let mut request = Some(F::admit(request, watch.request_size()));
        let inner = &mut self.inner;
        // Lent to the scope: a request that it took would be copied at each of its steps.
        let future = watch.run(|| request.take().map(|request| inner.call(request)));
        ResponseFuture::new(future, watch)
    }
}

/// Marks a request that a layer has seen, so that a second one leaves it alone.
///
/// It may make the table of extensions grow, which the current tracker would not. But it follows the request to any
/// task and into its copies, and a request that the handler makes does not have it.
#[derive(Clone)]
struct Seen;

/// Opens the event of `request`, unless nothing is recorded of it.
pub(super) fn begin<F: Framework<B>, B>(setup: &Setup, request: &mut Request<B>) -> RequestWatch {
    let monitor = setup.monitor();
    if !monitor.is_enabled() {
        return RequestWatch::off();
    }
    if request.extensions_mut().insert(Seen).is_some() {
        F::route(request).tell_outer();
        return RequestWatch::off();
    }
    let head = HttpHead::<F, B>::new(request);
    let headers = HttpHeaders(request.headers());
    RequestWatch::open(setup, monitor, F::FINGERPRINT, &head, &headers)
}

impl<S: Clone, F> Clone for MonitoringService<S, F> {
    fn clone(&self) -> Self {
        Self::with_setup(self.inner.clone(), self.setup.clone())
    }
}

impl<S: fmt::Debug, F> fmt::Debug for MonitoringService<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoringService")
            .field("inner", &self.inner)
            .field("setup", &self.setup)
            .finish()
    }
}
