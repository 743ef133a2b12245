//! The middleware for applications, scopes and resources.

use std::future::{Ready, ready};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use gomon_core::Monitor;
use gomon_http::HttpConfig;
use gomon_http::server::Setup;

use crate::{MonitoredBody, MonitoringService};

/// Makes every request of an application, a scope or a resource an event, which ends with the response's body.
///
/// Wrap it last: the last one is the outermost, and sees what the others answer. Where two see a request, the outer one
/// records it.
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
    /// A middleware for the monitor of the process, with its configuration.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Pins the configuration: that of the monitor is not asked.
    #[must_use]
    pub fn with_config(self, config: HttpConfig) -> Self {
        Self {
            setup: self.setup.with_config(config),
        }
    }

    /// Records with this monitor instead of the one of the process.
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
