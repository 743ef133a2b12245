//! Requests and responses of reqwest into what is recorded of a call.

use ::reqwest::{Body, Request, Response, ResponseBuilderExt, Url};
use gomon_core::{UrlParts, Value, keys};

use crate::client::call::{Call, Sent};
use crate::client::request::Outgoing;
use crate::client::response::watched;

/// What is known of `request`.
pub(super) fn outgoing(request: &Request) -> Outgoing<'_> {
    Outgoing {
        method: request.method(),
        url: parts(request.url()),
        headers: request.headers(),
        sent: Sent::Declared(declared(request)),
    }
}

/// Watches the body of `response`. On the way through the `http` crate it would lose its URL.
pub(super) fn recorded(response: Response, mut call: Call, asked: &Url) -> Response {
    let url = response.url().clone();
    if parts(&url) != parts(asked) {
        call.tracker.set(keys::FINAL_URL, Value::url(parts(&url)));
    }
    let (mut parts, body) = watched(http::Response::from(response), Some(call)).into_parts();
    let placed = http::Response::builder().url(url).body(());
    if let Ok(placed) = placed {
        parts.extensions.extend(placed.into_parts().0.extensions);
    }
    http::Response::from_parts(parts, Body::wrap(body)).into()
}

fn parts(url: &Url) -> UrlParts<'_> {
    UrlParts {
        scheme: Some(url.scheme()),
        host: Some(url.authority()),
        path: url.path(),
        query: url.query(),
    }
}

fn declared(request: &Request) -> Option<u64> {
    match request.body() {
        None => Some(0),
        Some(body) => Some(body.as_bytes()?.len() as u64),
    }
}
