//! Fairing for applications.

use gomon_core::Monitor;
use gomon_http::HttpConfig;
use gomon_http::server::{RequestSize, RequestWatch, Setup};
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::{Build, Data, Request, Rocket};

use crate::exchange::Exchange;
use crate::guard::Guard;
use crate::headers::RocketHeaders;
use crate::request::{Origin, facts};
use crate::responses::Responses;
use crate::tasks;

/// Fingerprint of the events.
const FINGERPRINT: &str = "rocket-handle";

/// Records each request of an application as an event that ends with the response's body.
///
/// Attach it first, so that the event begins before other fairings handle the request. It sees the response after all
/// other fairings, in whichever order they were attached. If it is attached twice, the last one counts.
///
/// # Examples
///
/// ```
/// use gomon_rocket::{HttpConfig, MonitoringFairing};
/// use rocket::{Build, Rocket};
///
/// fn rocket() -> Rocket<Build> {
///     rocket::build()
///         .attach(MonitoringFairing::new().with_config(HttpConfig::default().with_excluded(["/healthz"])))
/// }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MonitoringFairing {
    setup: Setup,
}

impl MonitoringFairing {
    /// Creates a fairing that uses the global monitor and its configuration.
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

#[rocket::async_trait]
impl Fairing for MonitoringFairing {
    fn info(&self) -> Info {
        Info {
            name: "GoMon",
            kind: Kind::Ignite | Kind::Request | Kind::Singleton,
        }
    }

    /// A fairing that is attached here runs after all fairings of the application.
    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        tasks::register();
        Ok(rocket.attach(Responses))
    }

    async fn on_request(&self, request: &mut Request<'_>, data: &mut Data<'_>) {
        let monitor = self.setup.monitor();
        if !monitor.is_enabled() {
            return;
        }
        let mut watch = begin(&self.setup, monitor, request);
        if is_empty(data).await {
            watch.set_request_size(RequestSize::none());
        }
        Guard::watch(request, Exchange::new(watch));
    }
}

fn begin(setup: &Setup, monitor: Monitor, request: &Request<'_>) -> RequestWatch {
    let origin = Origin::of(request);
    let facts = facts(request, &origin);
    let headers = RocketHeaders(request.headers());
    RequestWatch::begin(setup, monitor, FINGERPRINT, &facts, &headers)
}

/// Does not wait: Rocket has peeked at the body already.
async fn is_empty(data: &mut Data<'_>) -> bool {
    data.peek_complete() && data.peek(1).await.is_empty()
}
