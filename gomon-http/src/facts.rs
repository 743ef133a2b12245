//! What is known of a request when it begins, as text, into the fields of its event.
//!
//! Nothing here knows a type of the `http` crate, so that frameworks with types of their own give the same event.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;

use gomon_core::{EventTracker, Monitor, Outcome, TraceContext, UrlParts, Value, keys};

use crate::client_address::{client_behind, forwarded_scheme, is_trusted};
use crate::headers::{Allowed, Headers};
use crate::inline_text::InlineText;
use crate::server::Route;
use crate::{HttpConfig, TracePolicy};

/// The head of a request, as the event tells it.
///
/// # Examples
///
/// ```
/// use gomon_http::server::{RequestFacts, Route};
///
/// let mut facts = RequestFacts::new("GET", "HTTP/1.1", "/users/7")
///     .with_query(Some("token=abc"))
///     .with_route(Route::Matched("/users/{id}"));
/// for (name, value) in [("host", "example.org"), ("accept", "*/*")] {
///     facts.read_header(name, value.as_bytes());
/// }
/// # drop(facts);
/// ```
#[derive(Clone, Copy)]
pub struct RequestFacts<'r> {
    /// As the event has it; see [`known_method`].
    pub(crate) method: &'static str,
    pub(crate) proto: &'static str,
    pub(crate) scheme: Option<&'r str>,
    pub(crate) host: Option<&'r str>,
    pub(crate) path: &'r str,
    pub(crate) query: Option<&'r str>,
    route: Route<'r>,
    late_route: Option<&'r dyn Fn() -> Option<String>>,
    peer: Option<SocketAddr>,
    content_length: Option<u64>,
    /// `Transfer-Encoding`.
    encoding: Option<&'r str>,
    /// `Connection: close`.
    close: bool,
    /// Whether it speaks of WebSocket, by which an extended CONNECT (RFC 8441) is told.
    pub(crate) websocket: bool,
    /// Whether there is a `traceparent`, which most requests of strangers lack.
    traced: bool,
}

impl<'r> RequestFacts<'r> {
    /// A request for `path`, over a protocol such as `HTTP/1.1`; methods that no RFC knows are shown as `_OTHER`.
    ///
    /// # Examples
    ///
    /// See [`RequestFacts`].
    #[must_use]
    pub fn new(method: &str, proto: &'static str, path: &'r str) -> Self {
        Self {
            method: known_method(method),
            proto,
            scheme: None,
            host: None,
            path,
            query: None,
            route: Route::Unknown,
            late_route: None,
            peer: None,
            content_length: None,
            encoding: None,
            close: false,
            websocket: false,
            traced: false,
        }
    }

    /// The scheme, where the request's target tells it.
    ///
    /// # Examples
    ///
    /// See [`RequestFacts`].
    #[must_use]
    pub fn with_scheme(mut self, scheme: Option<&'r str>) -> Self {
        self.scheme = scheme;
        self
    }

    /// The host and port, where the request's target tells them; they win over the header `host`.
    ///
    /// # Examples
    ///
    /// See [`RequestFacts`].
    #[must_use]
    pub fn with_host(mut self, host: Option<&'r str>) -> Self {
        self.host = host;
        self
    }

    /// What comes after the question mark; its values are redacted.
    ///
    /// # Examples
    ///
    /// See [`RequestFacts`].
    #[must_use]
    pub fn with_query(mut self, query: Option<&'r str>) -> Self {
        self.query = query;
        self
    }

    /// The route, as far as it is known already.
    ///
    /// # Examples
    ///
    /// See [`RequestFacts`].
    #[must_use]
    pub fn with_route(mut self, route: Route<'r>) -> Self {
        self.route = route;
        self
    }

    /// How to guess the template, where the request is routed only after its event is open: asked for only where the
    /// configuration or sampling goes by routes. [`RequestWatch::set_route`](crate::server::RequestWatch::set_route) tells
    /// the true one later.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_http::server::RequestFacts;
    ///
    /// let guess = || Some("/users/{id}".to_owned());
    /// let facts = RequestFacts::new("GET", "HTTP/1.1", "/users/7").with_late_route(&guess);
    /// # drop(facts);
    /// ```
    #[must_use]
    pub fn with_late_route(mut self, guess: &'r dyn Fn() -> Option<String>) -> Self {
        self.late_route = Some(guess);
        self
    }

    /// The address that the connection came from.
    ///
    /// # Examples
    ///
    /// See [`RequestFacts`].
    #[must_use]
    pub fn with_peer(mut self, peer: Option<SocketAddr>) -> Self {
        self.peer = peer;
        self
    }

    /// Takes from a header what the event tells apart from its list of headers; `name` is in lower case.
    ///
    /// Call it for every header of the request: one pass over all of them is cheaper than a look-up of each.
    ///
    /// # Examples
    ///
    /// See [`RequestFacts`].
    #[inline]
    pub fn read_header(&mut self, name: &str, value: &'r [u8]) {
        match name {
            "host" => self.host = self.host.or_else(|| text(value)),
            "content-length" => {
                self.content_length = text(value).and_then(|it| it.parse().ok());
            }
            "transfer-encoding" => self.encoding = self.encoding.or_else(|| text(value)),
            "connection" => self.close |= text(value).is_some_and(says_close),
            "sec-websocket-version" => self.websocket = true,
            "traceparent" => self.traced = true,
            _ => {}
        }
    }

    pub(crate) fn is_excluded(&self, config: &HttpConfig) -> bool {
        config.excludes_any() && config.is_excluded(self.path, self.template().as_deref())
    }

    /// The template, guessed where it is not known yet.
    fn template(&self) -> Option<Cow<'r, str>> {
        match (self.route, self.late_route) {
            (Route::Matched(template), _) => Some(Cow::Borrowed(template)),
            (Route::Unknown, Some(guess)) => guess().map(Cow::Owned),
            _ => None,
        }
    }
}

/// A method that everybody knows (RFC 9110, RFC 5789), or `_OTHER`, since there is no end of the others.
pub(crate) fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE",
    ];
    KNOWN
        .into_iter()
        .find(|&known| known == method)
        .unwrap_or("_OTHER")
}

impl RequestFacts<'_> {
    /// Opens the request's event; cancelled, unless it comes to its end.
    pub(crate) fn open(
        &self,
        monitor: Monitor,
        config: &HttpConfig,
        fingerprint: &'static str,
        headers: &impl Headers,
    ) -> EventTracker {
        let caller = self.caller(config.trace_policy(), headers);
        let mut tracker = match (&caller, config.trace_policy()) {
            (Some(caller), TracePolicy::Trust) => monitor.continued(fingerprint, caller),
            _ if self.late_route.is_some() && monitor.samples_by_route() => {
                monitor.root_for(fingerprint, self.template().as_deref())
            }
            _ => monitor.root_for(fingerprint, self.route.as_str()),
        };
        tracker.set_outcome(Outcome::Cancelled);
        if tracker.is_recording() {
            self.describe(&mut tracker, config, headers);
            if let (Some(caller), TracePolicy::Link) = (caller, config.trace_policy()) {
                let (trace, id) = Monitor::link_to(&caller);
                tracker.add_link(trace, id);
            }
        }
        tracker
    }

    /// What the request says of the call that made it.
    fn caller(&self, policy: TracePolicy, headers: &impl Headers) -> Option<TraceContext> {
        if !self.traced {
            return None;
        }
        let parent = headers.values("traceparent");
        match policy {
            TracePolicy::Ignore => None,
            TracePolicy::Link => TraceContext::from_headers(parent, std::iter::empty()),
            TracePolicy::Trust => TraceContext::from_headers(parent, headers.values("tracestate")),
        }
    }

    fn describe(&self, tracker: &mut EventTracker, config: &HttpConfig, headers: &impl Headers) {
        let proxied = self
            .peer
            .is_some_and(|peer| is_trusted(peer.ip(), config.trusted_proxies()));
        let forwarded = if proxied {
            forwarded_scheme(headers)
        } else {
            None
        };
        tracker.set(keys::DIRECTION, "incoming");
        tracker.set(keys::METHOD, self.method);
        tracker.set(keys::PROTO, self.proto);
        let url = UrlParts {
            scheme: Some(forwarded.or(self.scheme).unwrap_or_else(|| config.scheme())),
            host: self.host,
            path: self.path,
            query: self.query,
        };
        tracker.set(keys::URL, Value::url(url));
        if let Some(route) = self.route.as_str() {
            tracker.set(keys::ROUTE, route);
        }
        if !config.request_headers().is_empty() {
            let allowed = Allowed {
                source: headers,
                names: config.request_patterns(),
            };
            tracker.set(keys::HEADERS, Value::headers(&allowed));
        }
        if let Some(peer) = self.peer.filter(|_| config.remote_address()) {
            set_remote_address(tracker, peer, proxied, config, headers);
        }
        if let Some(length) = self.content_length {
            tracker.set(keys::CONTENT_LENGTH, length);
        }
        if let Some(encoding) = self.encoding {
            tracker.set(keys::ENCODING, encoding);
        }
        if self.close {
            tracker.set(keys::CLOSE, true);
        }
    }
}

/// The paths, queries and addresses of requests are for the event, where the redaction policy is.
impl fmt::Debug for RequestFacts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestFacts")
            .field("method", &self.method)
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}

/// A header's value, if it is text.
pub(crate) fn text(value: &[u8]) -> Option<&str> {
    let is_text = |&byte: &u8| matches!(byte, b'\t' | b' '..=b'~');
    std::str::from_utf8(value)
        .ok()
        .filter(|it| it.as_bytes().iter().all(is_text))
}

fn says_close(connection: &str) -> bool {
    connection
        .split(',')
        .any(|option| option.trim().eq_ignore_ascii_case("close"))
}

fn set_remote_address(
    tracker: &mut EventTracker,
    peer: SocketAddr,
    proxied: bool,
    config: &HttpConfig,
    headers: &impl Headers,
) {
    let client = if proxied {
        client_behind(peer.ip(), headers, config.trusted_proxies())
    } else {
        peer.ip()
    };
    // The longest: an IPv6 address with its scope and port.
    let text: InlineText<64> = if client == peer.ip() {
        InlineText::of(peer)
    } else {
        InlineText::of(client)
    };
    tracker.set(keys::REMOTEADDR, text.as_str());
}

#[cfg(test)]
mod tests {
    use gomon_core::{Recorder, Running};
    use http::HeaderMap;
    use serde_json::json;

    use super::*;
    use crate::headers::HttpHeaders;

    const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    const FACTS: RequestFacts<'static> = RequestFacts {
        method: "GET",
        proto: "HTTP/1.1",
        scheme: None,
        host: Some("me:secret@example.org"),
        path: "/users/7",
        query: Some("token=abc"),
        route: Route::Matched("/users/{id}"),
        late_route: None,
        peer: None,
        content_length: None,
        encoding: None,
        close: false,
        websocket: false,
        traced: true,
    };

    fn running() -> (Running, Recorder) {
        let recorder = Recorder::new();
        (
            Monitor::builder()
                .listener(recorder.listener())
                .build()
                .unwrap(),
            recorder,
        )
    }

    fn event(
        facts: &RequestFacts<'_>,
        config: &HttpConfig,
        headers: &[(&'static str, &str)],
    ) -> serde_json::Value {
        let (running, recorder) = running();
        let mut map = HeaderMap::new();
        for &(name, value) in headers {
            map.append(name, value.parse().unwrap());
        }
        facts
            .open(
                running.monitor(),
                config,
                "http-service",
                &HttpHeaders(&map),
            )
            .finish();
        let events = recorder.wait_for(1);
        serde_json::from_str(&events[0].to_json()).unwrap()
    }

    #[test]
    fn url_has_neither_user_nor_query_values() {
        let event = event(&FACTS, &HttpConfig::default(), &[]);
        let url = json!({
            "scheme": "http", "host": "example.org", "path": "/users/7", "query": "token=[redacted]",
        });
        assert_eq!(event["url"], url);
        assert_eq!(event["route"], "/users/{id}");
        assert_eq!(event["direction"], "incoming");
    }

    #[test]
    fn secrets_are_redacted_though_a_list_allows_them() {
        let config = HttpConfig::default().with_request_headers(["*"]);
        let headers = [
            ("authorization", "Bearer abc"),
            ("cookie", "a=b"),
            ("accept", "*/*"),
        ];
        let event = event(&FACTS, &config, &headers);
        let shown = json!({
            "authorization": ["[redacted]"], "cookie": ["[redacted]"], "accept": ["*/*"],
        });
        assert_eq!(event["headers"], shown);
    }

    #[test]
    fn request_of_a_stranger_is_linked_to_its_caller_and_has_a_trace_of_its_own() {
        let event = event(
            &FACTS,
            &HttpConfig::default(),
            &[("traceparent", TRACEPARENT)],
        );
        let link = json!([{
            "trace": "0af7651916cd43dd8448eb211c80319c",
            "id": "0af76519-16cd-43dd-b7ad-6b7169203331",
        }]);
        assert_eq!(event["links"], link);
        assert_ne!(event["trace"], "0af7651916cd43dd8448eb211c80319c");
    }

    #[test]
    fn trusted_caller_is_the_parent() {
        let config = HttpConfig::default().with_trace_policy(TracePolicy::Trust);
        let event = event(&FACTS, &config, &[("traceparent", TRACEPARENT)]);
        assert_eq!(event["trace"], "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(event["parent"], "0af76519-16cd-43dd-b7ad-6b7169203331");
        assert_eq!(event.get("links"), None);
    }

    #[test]
    fn malformed_and_ignored_callers_leave_no_trace() {
        let ignore = HttpConfig::default().with_trace_policy(TracePolicy::Ignore);
        for (config, header) in [
            (HttpConfig::default(), "00-garbage-01"),
            (ignore, TRACEPARENT),
        ] {
            let event = event(&FACTS, &config, &[("traceparent", header)]);
            assert_eq!(event.get("links"), None);
            assert_ne!(event["trace"], "0af7651916cd43dd8448eb211c80319c");
        }
    }

    #[test]
    fn client_and_scheme_are_believed_from_trusted_proxies_only() {
        let facts = RequestFacts {
            peer: Some("10.0.0.1:4711".parse().unwrap()),
            ..FACTS
        };
        let headers = [
            ("x-forwarded-for", "203.0.113.9"),
            ("x-forwarded-proto", "https"),
        ];
        let strict = event(&facts, &HttpConfig::default(), &headers);
        assert_eq!(
            (&strict["remoteaddr"], &strict["url"]["scheme"]),
            (&json!("10.0.0.1:4711"), &json!("http"))
        );
        let trusting = HttpConfig::default().with_trusted_proxy("10.0.0.0/8".parse().unwrap());
        let trusted = event(&facts, &trusting, &headers);
        assert_eq!(
            (&trusted["remoteaddr"], &trusted["url"]["scheme"]),
            (&json!("203.0.113.9"), &json!("https"))
        );
        let silent = event(&facts, &trusting.with_remote_address(false), &headers);
        assert_eq!(silent.get("remoteaddr"), None);
    }

    fn read(headers: &[(&str, &'static str)]) -> RequestFacts<'static> {
        let mut facts = RequestFacts::new("POST", "HTTP/1.1", "/");
        for &(name, value) in headers {
            facts.read_header(name, value.as_bytes());
        }
        facts
    }

    #[test]
    fn length_encoding_and_close_are_the_requests() {
        let facts = read(&[("content-length", "12"), ("connection", "x, Close")]);
        assert_eq!(
            (facts.content_length, facts.encoding, facts.close),
            (Some(12), None, true)
        );
        let facts = read(&[("transfer-encoding", "chunked"), ("content-length", "-1")]);
        assert_eq!(
            (facts.content_length, facts.encoding, facts.close),
            (None, Some("chunked"), false)
        );
    }

    #[test]
    fn callers_and_websockets_are_told_by_their_headers() {
        let facts = read(&[]);
        assert!(!facts.traced && !facts.websocket);
        let facts = read(&[("traceparent", "x"), ("sec-websocket-version", "13")]);
        assert!(facts.traced && facts.websocket);
    }

    #[test]
    fn headers_that_are_no_text_are_left_out() {
        let mut facts = RequestFacts::new("GET", "HTTP/1.1", "*");
        facts.read_header("host", b"\xff");
        assert_eq!(facts.host, None);
        facts.read_header("host", "h\u{e9}".as_bytes());
        assert_eq!(facts.host, None);
        assert!(!format!("{facts:?}").contains('*'));
    }

    #[test]
    fn methods_that_nobody_knows_are_one() {
        assert_eq!(known_method("PATCH"), "PATCH");
        assert_eq!(known_method("get"), "_OTHER");
        assert_eq!(known_method("BREW"), "_OTHER");
    }
}
