//! Recording of responses of the `http` crate, version 1.

use gomon_core::TraceId;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use http_body::Body;

use crate::body::{MonitoredBody, ResponseWatch};
use crate::client::response::describe;
use crate::ending::BodyEnd;
use crate::headers::HttpHeaders;
use crate::inline_text::InlineText;
use crate::server::ResponseBody;
use crate::watch::RequestWatch;

/// What a body reports about its size before it is read.
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

/// Converts the body of an unrecorded response.
#[inline]
pub(crate) fn passed<W: ResponseBody<B>, B: Body>(response: Response<B>) -> Response<W::Body> {
    response.map(|body| W::monitored(MonitoredBody::new(body, ResponseWatch::off())))
}

/// Records the head of `response` and wraps its body.
pub(crate) fn watched<W: ResponseBody<B>, B: Body>(
    mut response: Response<B>,
    size: BodySize,
    watch: RequestWatch,
) -> Response<W::Body> {
    let watch = if watch.is_on() {
        head(&mut response, size, watch)
    } else {
        watch.pass()
    };
    response.map(|body| W::monitored(MonitoredBody::new(body, watch)))
}

/// Records the head of `response`.
fn head<B>(response: &mut Response<B>, size: BodySize, mut watch: RequestWatch) -> ResponseWatch {
    let (is_call, is_recording) = watch.exchange().map_or((false, false), |exchange| {
        describe(exchange, response);
        (exchange.is_call(), exchange.tracker.is_recording())
    });
    if let Some((name, trace)) = watch.trace_header().filter(|_| !is_call) {
        insert_trace(name.clone(), trace, response.headers_mut());
    }
    let status = response.status().as_u16();
    let declared = || declared_length(response.headers());
    let end = if size.is_ended {
        BodyEnd::Empty
    } else if !is_recording {
        // An unsampled event does not report how far its body got.
        BodyEnd::AtEnd
    } else if is_call {
        // The header may describe a body that was decoded since.
        watch.body_end(status, size.exact.or_else(declared))
    } else {
        watch.body_end(status, declared().or(size.exact))
    };
    watch.respond(status, &HttpHeaders(response.headers()), end)
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cold]
fn insert_trace(name: HeaderName, trace: TraceId, headers: &mut HeaderMap) {
    let id: InlineText<32> = InlineText::of(trace);
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        // Skipped if the map is full.
        let _ = headers.try_insert(name, value);
    }
}
