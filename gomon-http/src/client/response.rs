//! Recording of responses of the `http` crate, version 1.

use std::net::SocketAddr;

use http::Response;
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, UPGRADE};
use http_body::Body;

use super::MonitoredBody;
use super::call::{Call, Head};
use crate::body::BodyWatch;
use crate::ending::{BodyEnd, upgrade};
use crate::headers::HttpHeaders;
use crate::protocol::proto;
use crate::sample::Sample;

/// Records the head of `response` and wraps its body.
pub(super) fn watched<B: Body>(
    response: Response<B>,
    call: Option<Call>,
) -> Response<MonitoredBody<B>> {
    let watch = call.and_then(|call| begin(call, &response));
    let watch = watch.unwrap_or_else(|| BodyWatch::new(None, BodyEnd::Empty, None));
    response.map(|body| MonitoredBody::<B>::new(body, watch))
}

/// Returns `None` if the event ended with the head.
fn begin<B: Body>(mut call: Call, response: &Response<B>) -> Option<BodyWatch<Option<Call>>> {
    let (status, headers) = (response.status().as_u16(), response.headers());
    call.head(&Head {
        status,
        proto: proto(response.version()),
        headers,
        peer: peer(response),
    });
    let named = || text(headers, &UPGRADE);
    if let Some(protocol) = upgrade(call.method, status, false, named) {
        call.upgraded(protocol);
        return None;
    }
    let sample = Sample::wanted(&call.config, &HttpHeaders(headers));
    let body = response.body();
    let (is_ended, exact) = (body.is_end_stream(), body.size_hint().exact());
    // The header may describe a body that was decoded since.
    let declared = || text(headers, &CONTENT_LENGTH)?.parse().ok();
    let end = BodyEnd::in_hyper(call.method, status, exact.or_else(declared));
    let mut watch = BodyWatch::new(Some(call), end, sample);
    if is_ended {
        watch.ended();
        return None;
    }
    Some(watch)
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Returns the address that the client was connected to, if it is known.
#[cfg(feature = "hyper-util")]
fn peer<B>(response: &Response<B>) -> Option<SocketAddr> {
    let connection: &hyper_util::client::legacy::connect::HttpInfo = response.extensions().get()?;
    Some(connection.remote_addr())
}

#[cfg(not(feature = "hyper-util"))]
fn peer<B>(_: &Response<B>) -> Option<SocketAddr> {
    None
}
