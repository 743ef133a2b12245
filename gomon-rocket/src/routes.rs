//! The wrapper of routes.

use rocket::Route;

use crate::handler::MonitoredHandler;

/// Routes whose handlers run in the scope of their request's event.
///
/// With them, what the handler and its guards open and say belongs to their request however they are run, also in a
/// `LocalClient`; a panic is recorded with its message; and the time that they compute is measured. Without them, the
/// [`MonitoringFairing`](crate::MonitoringFairing) tells the request by its task, and a panic as the 500 that Rocket makes
/// of it.
///
/// It takes whatever can be mounted, and can be mounted itself.
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
    /// Wraps the handler of each route, and leaves the rest of it.
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
