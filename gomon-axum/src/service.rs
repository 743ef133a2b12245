//! The service that the layer makes.

use std::fmt::Display;
use std::task::{Context, Poll};

use axum::BoxError;
use axum::body::{Bytes, HttpBody};
use axum::extract::Request;
use axum::http;
use axum::response::Response;
use gomon_http::server::Setup;
use tower_service::Service;

use crate::ResponseFuture;
use crate::framework::Axum;

/// A service of which every request is an event. [`MonitoringLayer`](crate::MonitoringLayer) makes it.
///
/// # Examples
///
/// ```
/// use axum::Router;
/// use gomon_axum::{MonitoringLayer, MonitoringService};
/// use tower::Layer;
///
/// fn monitored(app: Router) -> MonitoringService<Router> {
///     MonitoringLayer::new().layer(app)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct MonitoringService<S> {
    inner: gomon_http::MonitoringService<S, Axum>,
}

impl<S> MonitoringService<S> {
    pub(crate) fn new(inner: S, setup: Setup) -> Self {
        Self {
            inner: gomon_http::MonitoringService::with_setup(inner, setup),
        }
    }
}

impl<S, B> Service<Request> for MonitoringService<S>
where
    S: Service<Request, Response = http::Response<B>>,
    S::Error: Display,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError> + Display,
{
    type Response = Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request) -> Self::Future {
        ResponseFuture::new(self.inner.call(request))
    }
}
