//! Wrapper for routes.

use rocket::Route;

use crate::handler::MonitoredHandler;

/// Routes whose handlers run in the scope of their request's event.
///
/// Trackers that a handler or its guards open are children of the request, also in a `LocalClient`. Panics are recorded
/// with their message, and the computing time of the handler is measured.
///
/// Without this wrapper, the [`MonitoringFairing`](crate::MonitoringFairing) finds the request by its task, and a panic
/// is recorded as the 500 that Rocket responds with.
///
/// It accepts anything that can be mounted and can be mounted itself.
///
/// # Examples
///
/// ```
/// use gomon_rocket::{MonitoredRoutes, MonitoringFairing};
/// use rocket::{Build, Rocket, get, routes};
///
/// #[get("/users/<id>")]
/// fn user(id: u64) -> String {
///     format!("user {id}")
/// }
///
/// fn rocket() -> Rocket<Build> {
///     rocket::build()
///         .attach(MonitoringFairing::new())
///         .mount("/", MonitoredRoutes::new(routes![user]))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct MonitoredRoutes {
    routes: Vec<Route>,
}

impl MonitoredRoutes {
    /// Wraps the handler of each route. The rest of a route is unchanged.
    pub fn new(routes: impl Into<Vec<Route>>) -> Self {
        let wrapped = |mut route: Route| {
            route.handler = Box::new(MonitoredHandler::new(route.handler));
            route
        };
        Self {
            routes: routes.into().into_iter().map(wrapped).collect(),
        }
    }
}

impl From<MonitoredRoutes> for Vec<Route> {
    fn from(monitored: MonitoredRoutes) -> Self {
        monitored.routes
    }
}
