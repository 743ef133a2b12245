//! Facts about a request, as text.

pub(super) mod http;

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;

use crate::headers::text;
use crate::protocol::known_method;
use crate::server::Route;

/// The head of a request.
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
    /// A name that [`known_method`] returned.
    pub(crate) method: &'static str,
    pub(crate) proto: &'static str,
    pub(crate) scheme: Option<&'r str>,
    pub(crate) host: Option<&'r str>,
    pub(crate) path: &'r str,
    pub(crate) query: Option<&'r str>,
    pub(crate) route: Route<'r>,
    pub(crate) late_route: Option<&'r dyn Fn() -> Option<String>>,
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) content_length: Option<u64>,
    /// Value of `Transfer-Encoding`.
    pub(crate) encoding: Option<&'r str>,
    /// Whether `Connection` contains `close`.
    pub(crate) close: bool,
    /// Whether there is a `Sec-WebSocket-Version`, which identifies an extended CONNECT (RFC 8441) for WebSocket.
    pub(crate) websocket: bool,
    /// Whether there is a `traceparent`.
    pub(crate) traced: bool,
}

impl<'r> RequestFacts<'r> {
    /// Describes a request for `path` over a protocol such as `HTTP/1.1`. Unknown methods are recorded as `_OTHER`.
    #[must_use]
    #[inline]
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

    /// Sets the scheme, if the request's target has one.
    #[must_use]
    pub fn with_scheme(mut self, scheme: Option<&'r str>) -> Self {
        self.scheme = scheme;
        self
    }

    /// Sets the host and port, if the request's target has them. They take precedence over the header `host`.
    #[must_use]
    pub fn with_host(mut self, host: Option<&'r str>) -> Self {
        self.host = host;
        self
    }

    /// Sets the query. Its values are redacted.
    #[must_use]
    pub fn with_query(mut self, query: Option<&'r str>) -> Self {
        self.query = query;
        self
    }

    /// Sets the route, if it is known.
    #[must_use]
    pub fn with_route(mut self, route: Route<'r>) -> Self {
        self.route = route;
        self
    }

    /// Sets a function that guesses the template, for frameworks that route after the event is opened.
    ///
    /// It is called only if the configuration or sampling rules match routes. Set the final route with
    /// [`RequestWatch::set_route`](crate::server::RequestWatch::set_route).
    #[must_use]
    pub fn with_late_route(mut self, guess: &'r dyn Fn() -> Option<String>) -> Self {
        self.late_route = Some(guess);
        self
    }

    /// Sets the address of the peer.
    #[must_use]
    pub fn with_peer(mut self, peer: Option<SocketAddr>) -> Self {
        self.peer = peer;
        self
    }

    /// Reads a header that has its own field in the event. `name` is in lower case.
    ///
    /// Call it for every header of the request: one pass is cheaper than a lookup for each.
    #[inline]
    pub fn read_header(&mut self, name: &str, value: &'r [u8]) {
        match name {
            "host" => self.host = self.host.or_else(|| text(value)),
            "content-length" => {
                self.content_length = text(value).and_then(|length| length.parse().ok());
            }
            "transfer-encoding" => self.encoding = self.encoding.or_else(|| text(value)),
            "connection" => self.close |= has_close(value),
            "sec-websocket-version" => self.websocket = true,
            "traceparent" => self.traced = true,
            _ => {}
        }
    }
}

/// Source of the facts about a request. Each is read only when needed.
pub(crate) trait Head<'r> {
    fn path(&self) -> &'r str;

    fn route(&self) -> Route<'r>;

    /// Returns the function that guesses a template that is not known yet.
    fn late_route(&self) -> Option<&'r dyn Fn() -> Option<String>> {
        None
    }

    /// Calls `read` with all facts. Returning them would copy them.
    fn facts<R>(&self, read: impl FnOnce(&RequestFacts<'r>) -> R) -> R;

    /// Returns the template, guessed if it is not known yet.
    fn template(&self) -> Option<Cow<'r, str>> {
        match (self.route(), self.late_route()) {
            (Route::Matched(template), _) => Some(Cow::Borrowed(template)),
            (Route::Unknown, Some(guess)) => guess().map(Cow::Owned),
            _ => None,
        }
    }
}

impl<'r> Head<'r> for RequestFacts<'r> {
    fn path(&self) -> &'r str {
        self.path
    }

    fn route(&self) -> Route<'r> {
        self.route
    }

    fn late_route(&self) -> Option<&'r dyn Fn() -> Option<String>> {
        self.late_route
    }

    fn facts<R>(&self, read: impl FnOnce(&RequestFacts<'r>) -> R) -> R {
        read(self)
    }
}

/// Omits path, query and address: redaction applies only to the event.
impl fmt::Debug for RequestFacts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestFacts")
            .field("method", &self.method)
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}

fn has_close(connection: &[u8]) -> bool {
    // The usual value.
    connection != b"keep-alive"
        && connection
            .split(|&byte| byte == b',')
            .any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn callers_and_websockets_are_recognised_by_their_headers() {
        let facts = read(&[]);
        assert!(!facts.traced && !facts.websocket);
        let facts = read(&[("traceparent", "x"), ("sec-websocket-version", "13")]);
        assert!(facts.traced && facts.websocket);
    }

    #[test]
    fn headers_that_are_not_text_are_skipped() {
        let mut facts = RequestFacts::new("GET", "HTTP/1.1", "*");
        facts.read_header("host", b"\xff");
        assert_eq!(facts.host, None);
        facts.read_header("host", "h\u{e9}".as_bytes());
        assert_eq!(facts.host, None);
        assert!(!format!("{facts:?}").contains('*'));
    }
}
