//! The template of a request.
//!
//! actix routes below the middleware, and by guards that only it knows, so the truth comes with the response's request. A
//! request that never comes back (a panic, a client that left, an error of an inner middleware) has the template that its
//! path fits first: what [`HttpRequest::match_pattern`](actix_web::HttpRequest::match_pattern) says before routing. Finding
//! that costs as much as routing does, so it is done for those requests alone; until then a request keeps what it takes.

use std::rc::Rc;

use actix_web::dev::{ResourceMap, ServiceRequest};
use actix_web::http::Uri;
use gomon_http::server::{RequestWatch, Route};

/// What a request's template can be guessed by when the request itself is gone.
#[derive(Debug)]
pub(crate) struct RouteGuess {
    routes: Rc<ResourceMap>,
    uri: Uri,
}

impl RouteGuess {
    /// `routes` are those of the application that `request` came to.
    pub(crate) fn new(routes: Rc<ResourceMap>, request: &ServiceRequest) -> Self {
        Self {
            routes,
            uri: request.uri().clone(),
        }
    }

    /// Tells it to the event, if that is still open.
    pub(crate) fn tell(&self, watch: &mut RequestWatch) {
        if watch.is_on() {
            let template = self.routes.match_pattern(self.uri.path());
            set_route(watch, template.as_deref());
        }
    }
}

/// The route, as actix found it.
pub(crate) fn set_route(watch: &mut RequestWatch, template: Option<&str>) {
    watch.set_route(match template {
        Some(template) => Route::Matched(template),
        None => Route::Unmatched,
    });
}
