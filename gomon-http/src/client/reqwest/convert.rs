//! Conversion of reqwest's requests and responses.

use ::reqwest::{Body, Request, Response, ResponseBuilderExt, Url};
use gomon_core::Value;
use gomon_core::adapter::{UrlParts, keys};

use crate::client::call::{Call, Sent};
use crate::client::request::Outgoing;
use crate::client::response::watched;

/// Describes a request.
pub(super) fn outgoing(request: &Request) -> Outgoing<'_> {
    Outgoing {
        method: request.method(),
        url: parts(request.url()),
        headers: request.headers(),
        sent: Sent::Declared(declared(request)),
    }
}

/// Records the head of `response` and wraps its body. The URL is saved, because a conversion to the `http` crate drops
/// it.
pub(super) fn recorded(response: Response, mut call: Call, requested: &Url) -> Response {
    let url = response.url().clone();
    if parts(&url) != parts(requested) {
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
    UrlParts::new(url.path())
        .with_scheme(Some(url.scheme()))
        .with_host(Some(url.authority()))
        .with_query(url.query())
}

fn declared(request: &Request) -> Option<u64> {
    match request.body() {
        None => Some(0),
        Some(body) => Some(body.as_bytes()?.len() as u64),
    }
}
