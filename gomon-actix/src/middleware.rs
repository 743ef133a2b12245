//! Middleware for applications, scopes and resources.

use std::future::{Ready, ready};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use gomon_core::Monitor;
use gomon_http::HttpConfig;
use gomon_http::server::Setup;

use crate::{MonitoredBody, MonitoringService};

/// Records each request of an application, a scope or a resource as an event that ends with the response's body.
///
/// Wrap it last: the last middleware is the outermost and sees the responses of the others. If several see a request,
/// the outermost one records it.
///
/// # Examples
///
/// ```
/// use actix_web::{App, web};
/// use gomon_actix::MonitoringMiddleware;
///
/// let app = App::new()
///     .route("/hello", web::get().to(async || "Hello!"))
///     .wrap(MonitoringMiddleware::new());
/// # drop(app);
/// ```
#[derive(Clone, Debug, Default)]
pub struct MonitoringMiddleware {
    setup: Setup,
}

impl MonitoringMiddleware {
    /// Creates a middleware that uses the global monitor and its configuration.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Pins the configuration, in place of the monitor's.
    #[must_use]
    pub fn with_config(self, config: HttpConfig) -> Self {
        Self {
            setup: self.setup.with_config(config),
        }
    }

    /// Pins the monitor, in place of the global one.
    #[must_use]
    pub fn with_monitor(self, monitor: Monitor) -> Self {
        Self {
            setup: self.setup.with_monitor(monitor),
        }
    }
}

impl<S, B> Transform<S, ServiceRequest> for MonitoringMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<MonitoredBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = MonitoringService<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(MonitoringService::new(service, self.setup.clone())))
    }
}
