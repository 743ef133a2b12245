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

/// What a body says of itself before it is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BodySize {
    is_ended: bool,
    exact: Option<u64>,
}

impl BodySize {
    pub(crate) fn of<B: Body>(body: &B) -> Self {
        Self {
            is_ended: body.is_end_stream(),
            exact: body.size_hint().exact(),
        }
    }
}

/// Records the head of `response` and watches its body from there on.
pub(crate) fn watched<B: Body>(
    mut response: Response<B>,
    size: BodySize,
    watch: RequestWatch,
) -> Response<MonitoredBody<B>> {
    if !watch.is_on() {
        let watch = watch.respond(0, &HttpHeaders(response.headers()), BodyEnd::AtEnd);
        return response.map(|body| MonitoredBody::new(body, watch));
    }
    if let Some((name, trace)) = watch.trace_header() {
        tell_trace(name.clone(), trace, response.headers_mut());
    }
    let status = response.status().as_u16();
    let declared = declared_length(response.headers());
    let end = if size.is_ended {
        BodyEnd::Empty
    } else {
        watch.body_end(status, declared.or(size.exact))
    };
    let watch = watch.respond(status, &HttpHeaders(response.headers()), end);
    response.map(|body| MonitoredBody::new(body, watch))
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn tell_trace(name: HeaderName, trace: TraceId, headers: &mut HeaderMap) {
    let id: InlineText<32> = InlineText::of(trace);
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        // It goes without where there are as many headers as there can be.
        let _ = headers.try_insert(name, value);
    }
}
