//! Requests of the `http` crate, version 1, into what is recorded of a call when it begins.

use gomon_core::{EventTracker, Monitor, Outcome, TrackerContext, UrlParts, Value, keys};
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Request, Uri};

use super::call::{Call, Dials, Sent};
use super::phase::CALL;
use super::propagation::propagate;
use crate::HttpConfig;
use crate::headers::{HttpHeaders, set_headers};
use crate::protocol::known_method;
use crate::server::Setup;

/// What is known of a request before it is sent.
pub(super) struct Outgoing<'r> {
    pub(super) method: &'r Method,
    pub(super) url: UrlParts<'r>,
    pub(super) headers: &'r HeaderMap,
    pub(super) sent: Sent,
}

/// An event that was opened for a call.
pub(super) struct Opened {
    call: Call,
    /// What the called service is to know of it.
    told: Option<TrackerContext>,
}

impl Opened {
    /// Lets the called service know of the call, by the headers of its request.
    pub(super) fn into_call(self, headers: &mut HeaderMap) -> Call {
        if let Some(context) = &self.told {
            propagate(context, headers);
        }
        self.call
    }
}

/// What is known of `request`, of which `sent` tells the size.
pub(super) fn outgoing<B>(request: &Request<B>, sent: Sent) -> Outgoing<'_> {
    Outgoing {
        method: request.method(),
        url: url(request.uri(), request.headers()),
        headers: request.headers(),
        sent,
    }
}

/// Opens the event of a call. `None` where nothing is to be tracked here.
pub(super) fn open(
    setup: &Setup,
    monitor: Monitor,
    dials: &Dials,
    outgoing: Outgoing<'_>,
) -> Option<Opened> {
    let mut tracker = monitor.tracker(CALL);
    let context = tracker.context()?;
    let config = setup.config(monitor);
    let method = known_method(outgoing.method.as_str());
    tracker.set_outcome(Outcome::Cancelled);
    if tracker.is_recording() {
        describe(&mut tracker, &config, method, &outgoing);
    }
    let host = || host_name(outgoing.url.host.unwrap_or_default());
    let told = config.is_propagated_to(host).then_some(context);
    let call = Call::new(tracker, config, dials.clone(), method, outgoing.sent);
    Some(Opened { call, told })
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
    let shown = config.request_patterns();
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

/// The parts of a target that may be told; its host may be in the headers.
fn url<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> UrlParts<'r> {
    let authority = uri.authority().map(http::uri::Authority::as_str);
    UrlParts {
        scheme: uri.scheme_str(),
        host: authority.or_else(|| headers.get(HOST)?.to_str().ok()),
        path: uri.path(),
        query: uri.query(),
    }
}

/// The name in an authority, without user information and port.
fn host_name(authority: &str) -> &str {
    let host = authority.rsplit_once('@').map_or(authority, |it| it.1);
    if let Some((address, _)) = host.strip_prefix('[').and_then(|it| it.split_once(']')) {
        return address;
    }
    host.split_once(':').map_or(host, |it| it.0)
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
