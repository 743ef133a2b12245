//! Recording of requests of the `http` crate, version 1, when their call begins.

use gomon_core::adapter::{UrlParts, keys};
use gomon_core::{EventTracker, Monitor, Outcome, TrackerContext, Value};
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Request, Uri};
use http_body::Body;

use super::call::Dials;
use super::phase::CALL;
use super::propagation::propagate;
use crate::HttpConfig;
use crate::exchange::{Exchange, Side};
use crate::headers::{HttpHeaders, set_headers};
use crate::protocol::known_method;
use crate::server::{RequestSize, Setup};
use crate::watch::RequestWatch;

/// Facts about a request before it is sent.
pub(super) struct Outgoing<'r> {
    pub(super) method: &'r Method,
    pub(super) url: UrlParts<'r>,
    pub(super) headers: &'r HeaderMap,
    /// Size of the body.
    pub(super) declared: Option<u64>,
}

/// A call whose event was just opened, if it is recorded.
#[derive(Default)]
pub(super) struct Opened {
    watch: RequestWatch,
    /// The ids to send, if the host receives them.
    sent_context: Option<TrackerContext>,
}

impl Opened {
    /// Adds the trace headers to the request.
    pub(super) fn into_watch(self, headers: &mut HeaderMap) -> RequestWatch {
        if let Some(context) = &self.sent_context {
            propagate(context, headers);
        }
        self.watch
    }
}

/// Describes a request.
pub(super) fn outgoing<B: Body>(request: &Request<B>) -> Outgoing<'_> {
    Outgoing {
        method: request.method(),
        url: url(request.uri(), request.headers()),
        headers: request.headers(),
        declared: request.body().size_hint().exact(),
    }
}

/// Opens the event of a call, unless nothing is tracked here.
pub(super) fn open(
    setup: &Setup,
    monitor: Monitor,
    dials: &Dials,
    outgoing: &Outgoing<'_>,
) -> Opened {
    let mut tracker = monitor.tracker(CALL);
    let Some(context) = tracker.context() else {
        return Opened::default();
    };
    let config = setup.config(monitor);
    let method = known_method(outgoing.method.as_str());
    tracker.set_outcome(Outcome::Cancelled);
    if tracker.is_recording() {
        describe(&mut tracker, &config, method, outgoing);
    }
    let host = || host_name(outgoing.url.host.unwrap_or_default());
    let sent_context = config.is_propagated_to(host).then_some(context);
    let side = Side::Client(dials.clone());
    let mut exchange = Exchange::new(tracker, config, method, side);
    exchange.request_size = RequestSize::of_declared(outgoing.declared);
    Opened {
        watch: RequestWatch::on(exchange),
        sent_context,
    }
}

fn describe(
    tracker: &mut EventTracker,
    config: &HttpConfig,
    method: &'static str,
    outgoing: &Outgoing<'_>,
) {
    let headers = outgoing.headers;
    tracker.set(keys::DIRECTION, "outgoing");
    tracker.set(keys::METHOD, method);
    tracker.set(keys::URL, Value::url(outgoing.url));
    let shown = &config.request_headers;
    set_headers(tracker, keys::HEADERS, &HttpHeaders(headers), shown);
    let text = |name| headers.get(name)?.to_str().ok();
    let length: Option<u64> = text(CONTENT_LENGTH).and_then(|length| length.parse().ok());
    if let Some(length) = length {
        tracker.set(keys::CONTENT_LENGTH, length);
    }
    if let Some(encoding) = text(TRANSFER_ENCODING) {
        tracker.set(keys::ENCODING, encoding);
    }
}

/// Returns the parts of the target. The host may come from the headers.
fn url<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> UrlParts<'r> {
    let authority = uri.authority().map(http::uri::Authority::as_str);
    UrlParts::new(uri.path())
        .with_scheme(uri.scheme_str())
        .with_host(authority.or_else(|| headers.get(HOST)?.to_str().ok()))
        .with_query(uri.query())
}

/// Returns the host name of an authority, without user information and port.
fn host_name(authority: &str) -> &str {
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    if let Some((address, _)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address;
    }
    host.split_once(':').map_or(host, |(host, _)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_has_neither_user_nor_port() {
        for (authority, expected) in [
            ("example.org", "example.org"),
            ("me:secret@example.org:80", "example.org"),
            ("[::1]:80", "::1"),
            ("10.0.0.1:8080", "10.0.0.1"),
            ("", ""),
        ] {
            assert_eq!(host_name(authority), expected);
        }
    }

    #[test]
    fn host_is_the_targets_else_the_headers() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, http::HeaderValue::from_static("b"));
        let target = Uri::from_static("http://a/x?y=z");
        let parts = url(&target, &headers);
        assert_eq!(
            (parts.scheme, parts.host, parts.path, parts.query),
            (Some("http"), Some("a"), "/x", Some("y=z"))
        );
        assert_eq!(url(&Uri::from_static("/x"), &headers).host, Some("b"));
    }
}
