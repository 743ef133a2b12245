//! Trace headers of outgoing requests.

use gomon_core::TrackerContext;
use http::header::{HeaderMap, HeaderName, HeaderValue};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Sets the call as the parent in the headers of its request.
///
/// Both headers are replaced. A proxy may have copied the headers of the request that it serves, which name another
/// parent. A state must not be combined with the parent of another trace.
pub(super) fn propagate(context: &TrackerContext, headers: &mut HeaderMap) {
    let Ok(parent) = HeaderValue::from_bytes(&context.traceparent().encode()) else {
        return;
    };
    let is_first = headers.is_empty();
    if headers.try_insert(TRACEPARENT, parent).is_err() {
        // The map is full: the call is sent without trace headers.
        headers.remove(TRACEPARENT);
        headers.remove(TRACESTATE);
        return;
    }
    let state = context.tracestate();
    let is_sent = match state.and_then(|state| HeaderValue::from_str(state.as_str()).ok()) {
        Some(state) => headers.try_insert(TRACESTATE, state).is_ok(),
        None => is_first,
    };
    if !is_sent {
        headers.remove(TRACESTATE);
    }
}

#[cfg(test)]
mod tests {
    use gomon_core::adapter::MonitorExt;
    use gomon_core::{Monitor, TraceContext};

    use super::*;

    #[test]
    fn call_continues_the_trace_with_its_state() {
        let running = Monitor::builder().build().unwrap();
        let remote = TraceContext::from_headers(
            [&b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"[..]].into_iter(),
            [&b"congo=1"[..]].into_iter(),
        );
        let request = running.monitor().continued("x", &remote.unwrap());
        let call = request.child("y");
        let mut headers = HeaderMap::new();
        headers.insert(TRACEPARENT, HeaderValue::from_static("stale"));
        propagate(&call.context().unwrap(), &mut headers);
        let expected = format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", call.span_id());
        assert_eq!(headers["traceparent"], expected);
        assert_eq!(headers["tracestate"], "congo=1");
    }

    #[test]
    fn state_of_another_trace_is_not_sent() {
        let running = Monitor::builder().build().unwrap();
        let call = running.monitor().root("y");
        let mut headers = HeaderMap::new();
        headers.insert(TRACESTATE, HeaderValue::from_static("congo=1"));
        propagate(&call.context().unwrap(), &mut headers);
        assert_eq!(headers.get("tracestate"), None);
        assert_eq!(headers.len(), 1);
    }

    #[test]
    fn call_with_a_full_header_map_has_no_trace_headers() {
        let running = Monitor::builder().build().unwrap();
        let call = running.monitor().root("y");
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_static("stale");
        headers.insert(TRACEPARENT, value.clone());
        for number in 0.. {
            let name = HeaderName::try_from(format!("x-{number}")).unwrap();
            if headers.try_insert(name, value.clone()).is_err() {
                break;
            }
        }
        propagate(&call.context().unwrap(), &mut headers);
        assert_eq!(headers.get("traceparent"), None);
    }
}
