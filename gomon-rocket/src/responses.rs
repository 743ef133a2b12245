//! Fairing that records responses after all other fairings.

use std::sync::Arc;

use gomon_http::server::{BodyEnd, Route};
use rocket::fairing::{Fairing, Info, Kind};
use rocket::{Request, Response};

use crate::body::MonitoredBody;
use crate::exchange::Exchange;
use crate::guard::Guard;
use crate::headers::{RocketHeaders, Upgraded};

/// Records the head of each response and wraps its body.
pub(crate) struct Responses;

#[rocket::async_trait]
impl Fairing for Responses {
    fn info(&self) -> Info {
        Info {
            name: "GoMon (responses)",
            kind: Kind::Response | Kind::Singleton,
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let Some(exchange) = Guard::of(request) else {
            return;
        };
        let Some(mut watch) = exchange.request() else {
            return;
        };
        if !exchange.is_handled_by(request.route()) {
            watch.set_route(route(request));
        }
        if let Some((name, trace)) = watch.trace_header() {
            response.set_raw_header(name.as_str().to_owned(), trace.to_string());
        }
        if let Some(protocol) = upgrade(request, response) {
            let headers = RocketHeaders(response.headers());
            let upgraded = Upgraded { headers, protocol };
            // Ends the event.
            drop(watch.respond(101, &upgraded, BodyEnd::Empty));
            return;
        }
        let status = response.status().code;
        let end = match response.body().is_none() {
            true => BodyEnd::Empty,
            // Without a length: Rocket reads each body to its end, regardless of a declared length.
            false => watch.body_end(status, None),
        };
        let sent = watch.respond(status, &RocketHeaders(response.headers()), end);
        // A response without a sent body ends here.
        if !sent.is_off() && end != BodyEnd::Unsent {
            exchange.respond(sent);
            wrap(response, exchange).await;
        }
    }
}

/// Returns the route that was tried last.
pub(crate) fn route<'r>(request: &'r Request<'_>) -> Route<'r> {
    request
        .route()
        .map_or(Route::Unmatched, |route| Route::Matched(route.uri.as_str()))
}

/// Returns the protocol that Rocket will upgrade to: the first one in the request that the response has a handler for.
fn upgrade<'r>(request: &'r Request<'_>, response: &mut Response<'_>) -> Option<&'r str> {
    let requested = request.headers().get("upgrade");
    requested
        .flat_map(|protocols| protocols.split(',').map(str::trim))
        .find(|protocol| response.upgrade(protocol).is_some())
}

/// Wraps the body of a response and sets the size that Rocket will send.
async fn wrap(response: &mut Response<'_>, exchange: Arc<Exchange>) {
    // Rocket determines a missing size by seeking, unless the body is sent in chunks.
    let size = match response.body().preset_size() {
        None if !response.headers().contains("transfer-encoding") => {
            response.body_mut().size().await
        }
        preset => preset,
    };
    let chunk = response.body().max_chunk_size();
    let body = MonitoredBody::new(response.body_mut().take(), exchange);
    match size {
        Some(size) => response.set_sized_body(size, body),
        None => response.set_streamed_body(body),
    }
    response.set_max_chunk_size(chunk);
}
