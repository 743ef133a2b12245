//! Routes of requests.
//!
//! actix routes below the middleware and applies guards that only it knows, so the final route comes with the response.
//! A request without a response (after a panic, a disconnect or an error of an inner middleware) gets the first
//! template that its path matches, as [`HttpRequest::match_pattern`](actix_web::HttpRequest::match_pattern) returns
//! before routing. Finding it costs as much as routing, so it is done for those requests only; a [`RouteGuess`] keeps
//! what is needed.

use std::rc::Rc;

use actix_web::dev::{ResourceMap, ServiceRequest};
use actix_web::http::Uri;
use gomon_http::server::{RequestWatch, Route};

/// The data needed to guess the template once the request is gone.
#[derive(Debug)]
pub(crate) struct RouteGuess {
    routes: Rc<ResourceMap>,
    uri: Uri,
}

impl RouteGuess {
    /// Creates a guess for a request of the application with these `routes`.
    pub(crate) fn new(routes: Rc<ResourceMap>, request: &ServiceRequest) -> Self {
        Self {
            routes,
            uri: request.uri().clone(),
        }
    }

    /// Sets the guessed route on the event, if it is open.
    pub(crate) fn apply(&self, watch: &mut RequestWatch) {
        if watch.is_on() {
            let template = self.routes.match_pattern(self.uri.path());
            set_route(watch, template.as_deref());
        }
    }
}

/// Sets the route that actix found.
pub(crate) fn set_route(watch: &mut RequestWatch, template: Option<&str>) {
    watch.set_route(match template {
        Some(template) => Route::Matched(template),
        None => Route::Unmatched,
    });
}
