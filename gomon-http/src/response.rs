//! Responses of the `http` crate, version 1, into what is recorded of them.

use gomon_core::TraceId;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use http_body::Body;

use crate::MonitoredBody;
use crate::ending::BodyEnd;
use crate::headers::HttpHeaders;
use crate::inline_text::InlineText;
use crate::request_watch::RequestWatch;

/// Records the head of `response` and watches its body from there on.
pub(crate) fn watched<B: Body>(
    mut response: Response<B>,
    mut watch: RequestWatch,
) -> Response<MonitoredBody<B>> {
    if !watch.is_on() {
        let watch = watch.respond(0, &HttpHeaders(response.headers()), BodyEnd::AtEnd);
        return response.map(|body| MonitoredBody::new(body, watch));
    }
    if let Some((name, trace)) = watch.trace_header() {
        tell_trace(name, trace, response.headers_mut());
    }
    let status = response.status().as_u16();
    let declared = declared_length(response.headers());
    let body = response.body();
    let (is_ended, exact) = watch.run(|| (body.is_end_stream(), body.size_hint().exact()));
    let end = if is_ended {
        BodyEnd::Empty
    } else {
        watch.body_end(status, declared.or(exact))
    };
    let watch = watch.respond(status, &HttpHeaders(response.headers()), end);
    response.map(|body| MonitoredBody::new(body, watch))
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn tell_trace(name: &str, trace: TraceId, headers: &mut HeaderMap) {
    let id: InlineText<32> = InlineText::of(trace);
    let name = HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(id.as_str())) {
        headers.insert(name, value);
    }
}
