//! Responses of the `http` crate, version 1, into what is recorded of them.

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use http_body::Body;

use crate::MonitoredBody;
use crate::ending::Progress;
use crate::exchange::Exchange;
use crate::headers::HttpHeaders;
use crate::inline_text::InlineText;
use crate::sample::Sample;
use crate::watch::Watch;

/// Records the head of `response` and watches its body from there on.
pub(crate) fn watched<B: Body>(response: Response<B>, watch: Watch) -> Response<MonitoredBody<B>> {
    match watch {
        Watch::On(exchange) => recorded(response, exchange),
        watch => response.map(|body| MonitoredBody::new(body, watch, Progress::default(), None)),
    }
}

fn recorded<B: Body>(
    mut response: Response<B>,
    mut exchange: Exchange,
) -> Response<MonitoredBody<B>> {
    let status = response.status().as_u16();
    if let Some(name) = exchange.config().trace_header() {
        tell_trace(name, &exchange, response.headers_mut());
    }
    let headers = response.headers();
    exchange.head(status, &HttpHeaders(headers));
    if let Some(protocol) = exchange.upgrade(status, text(headers, &UPGRADE)) {
        exchange.upgraded(protocol);
        return response.map(MonitoredBody::off);
    }
    let sample = Sample::wanted(
        exchange.config(),
        text(headers, &CONTENT_TYPE),
        headers.contains_key(CONTENT_ENCODING),
    );
    let declared = text(headers, &CONTENT_LENGTH).and_then(|length| length.parse().ok());
    let body = response.body();
    let (is_ended, exact) = exchange.run(|| (body.is_end_stream(), body.size_hint().exact()));
    let mut progress = exchange.progress(status, declared.or(exact));
    if is_ended {
        progress.ended = true;
        exchange.finish(progress.ending(), 0, None);
        return response.map(MonitoredBody::off);
    }
    response.map(|body| MonitoredBody::new(body, Watch::On(exchange), progress, sample))
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn tell_trace(name: &str, exchange: &Exchange, headers: &mut HeaderMap) {
    let id: InlineText<32> = InlineText::of(exchange.trace_id());
    let name = HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(id.as_str())) {
        headers.insert(name, value);
    }
}
