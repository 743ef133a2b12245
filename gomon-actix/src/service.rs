//! Service of the middleware.

use std::cell::OnceCell;
use std::rc::Rc;

use actix_web::body::MessageBody;
use actix_web::dev::{ResourceMap, Service, ServiceRequest, ServiceResponse, forward_ready};
use actix_web::{Error, HttpMessage};
use gomon_http::server::{RequestWatch, Setup};

use crate::headers::ActixHeaders;
use crate::payload::counted;
use crate::request::facts;
use crate::routes::RouteGuess;
use crate::{MonitoredBody, ResponseFuture};

/// A service that records each request as an event. [`MonitoringMiddleware`](crate::MonitoringMiddleware) creates one
/// for each worker.
#[derive(Debug)]
pub struct MonitoringService<S> {
    inner: S,
    setup: Setup,
    // Routes of the application that the service belongs to.
    routes: OnceCell<Rc<ResourceMap>>,
}

impl<S> MonitoringService<S> {
    pub(crate) fn new(inner: S, setup: Setup) -> Self {
        Self {
            inner,
            setup,
            routes: OnceCell::new(),
        }
    }

    fn begin(&self, request: &mut ServiceRequest) -> (RequestWatch, Option<RouteGuess>) {
        let monitor = self.setup.monitor();
        if !monitor.is_enabled() || request.extensions().contains::<Seen>() {
            return (RequestWatch::off(), None);
        }
        request.extensions_mut().insert(Seen);
        let guess = || request.match_pattern();
        let facts = facts(request).with_late_route(&guess);
        let headers = ActixHeaders(request.headers());
        let mut watch = RequestWatch::begin(&self.setup, monitor, "actix-handle", &facts, &headers);
        if !watch.is_on() {
            return (watch, None);
        }
        let routes = self
            .routes
            .get_or_init(|| Rc::new(request.resource_map().clone()));
        let guess = RouteGuess::new(Rc::clone(routes), request);
        watch.set_request_size(counted(request));
        (watch, Some(guess))
    }
}

/// Marks a request that was seen by a middleware, so that inner ones do not record it again.
struct Seen;

impl<S, B> Service<ServiceRequest> for MonitoringService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<MonitoredBody<B>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future>;

    forward_ready!(inner);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let (watch, guess) = self.begin(&mut request);
        ResponseFuture::new(watch, guess, || self.inner.call(request))
    }
}
