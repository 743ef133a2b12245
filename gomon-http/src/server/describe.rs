//! Conversion of a request into fields of its event.
//!
//! This module is independent of the `http` crate, so that frameworks with their own types record the same event.

use std::net::SocketAddr;

use gomon_core::adapter::{MonitorExt, UrlParts, keys};
use gomon_core::{EventTracker, Monitor, Outcome, TraceContext, Value};

use crate::exchange::{Exchange, Side};
use crate::headers::{Headers, set_headers};
use crate::inline_text::InlineText;
use crate::server::Setup;
use crate::server::client_address::{client_behind, forwarded_scheme, is_trusted};
use crate::server::request::{Head, RequestFacts};
use crate::watch::RequestWatch;
use crate::{HttpConfig, TracePolicy};

/// Opens the event of a request, with the outcome `cancelled`, unless the configuration excludes the request.
///
/// Exclusion and sampling are decided first, so that a request that is not recorded is not read.
pub(crate) fn open<'r>(
    setup: &Setup,
    monitor: Monitor,
    fingerprint: &'static str,
    head: &impl Head<'r>,
    headers: &impl Headers,
) -> RequestWatch {
    let config = setup.config(monitor);
    if config.excludes_any()
        && (config.excludes(head.path())
            || head.template().is_some_and(|route| config.excludes(&route)))
    {
        return RequestWatch::excluded();
    }
    let policy = config.trace_policy();
    let inner = monitor.child_of_scope(fingerprint);
    let is_inner = inner.is_some();
    let is_linked = policy == TracePolicy::Link || policy == TracePolicy::Trust && is_inner;
    let mut tracker = match inner {
        Some(inner) => inner,
        None => open_outer(monitor, fingerprint, policy, head, headers),
    };
    tracker.set_outcome(Outcome::Cancelled);
    if !tracker.is_recording() {
        return RequestWatch::on(Exchange::new(tracker, config, "GET", Side::Server));
    }
    head.facts(|facts| {
        facts.describe(&mut tracker, &config, headers);
        if facts.traced && is_linked {
            link(&mut tracker, headers);
        }
        let mut exchange = Exchange::new(tracker, config, facts.method, Side::Server);
        exchange.is_websocket = facts.websocket;
        exchange.is_inner = is_inner;
        RequestWatch::on(exchange)
    })
}

/// Opens the tracker of a request from outside the program.
#[inline]
fn open_outer<'r>(
    monitor: Monitor,
    fingerprint: &'static str,
    policy: TracePolicy,
    head: &impl Head<'r>,
    headers: &impl Headers,
) -> EventTracker {
    let caller = match policy {
        TracePolicy::Trust => caller(headers, headers.values("tracestate")),
        TracePolicy::Link | TracePolicy::Ignore => None,
    };
    match caller {
        Some(caller) => monitor.continued(fingerprint, &caller),
        None if !monitor.samples_by_route() => monitor.root(fingerprint),
        None => open_for_route(monitor, fingerprint, head),
    }
}

/// Opens a root tracker; sampling rules may match its route.
#[cold]
#[inline(never)]
fn open_for_route<'r>(
    monitor: Monitor,
    fingerprint: &'static str,
    head: &impl Head<'r>,
) -> EventTracker {
    if head.late_route().is_some() {
        monitor.root_for(fingerprint, head.template().as_deref())
    } else {
        monitor.root_for(fingerprint, head.route().as_str())
    }
}

/// Returns the caller's event, named by `traceparent`.
fn caller<'h>(
    headers: &'h impl Headers,
    state: impl Iterator<Item = &'h [u8]>,
) -> Option<TraceContext> {
    TraceContext::from_headers(headers.values("traceparent"), state)
}

#[cold]
#[inline(never)]
fn link(tracker: &mut EventTracker, headers: &impl Headers) {
    if let Some(caller) = caller(headers, std::iter::empty()) {
        let (trace, id) = caller.link();
        // The header of a call in this process may name the parent.
        if tracker.parent() != Some(id) {
            tracker.add_link(trace, id);
        }
    }
}

impl RequestFacts<'_> {
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
        let url = UrlParts::new(self.path)
            .with_scheme(Some(
                forwarded.or(self.scheme).unwrap_or_else(|| config.scheme()),
            ))
            .with_host(self.host)
            .with_query(self.query);
        tracker.set(keys::URL, Value::url(url));
        if let Some(route) = self.route.as_str() {
            tracker.set(keys::ROUTE, route);
        }
        set_headers(tracker, keys::HEADERS, headers, &config.request_headers);
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
    // Maximum: an IPv6 address with its scope and port.
    let text: InlineText<64> = if client == peer.ip() {
        InlineText::of_address(peer)
    } else {
        InlineText::of(client)
    };
    tracker.set(keys::REMOTEADDR, text.as_str());
}

#[cfg(test)]
mod tests {
    use gomon_core::{Recorder, Running, Sampling};
    use http::HeaderMap;
    use serde_json::json;

    use super::*;
    use crate::headers::HttpHeaders;
    use crate::server::Route;

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
        let setup = Setup::new().with_config(config.clone());
        let headers = HttpHeaders(&map);
        drop(open(
            &setup,
            running.monitor(),
            "http-service",
            facts,
            &headers,
        ));
        let events = recorder.wait_for(1);
        serde_json::from_str(&events[0].to_json()).unwrap()
    }

    /// A request that remembers whether its facts were read.
    #[derive(Default)]
    struct Noting(std::cell::Cell<bool>);

    impl Head<'static> for Noting {
        fn path(&self) -> &'static str {
            FACTS.path
        }

        fn route(&self) -> Route<'static> {
            FACTS.route
        }

        fn facts<R>(&self, read: impl FnOnce(&RequestFacts<'static>) -> R) -> R {
            self.0.set(true);
            read(&FACTS)
        }
    }

    #[test]
    fn facts_of_a_request_are_read_only_if_it_is_recorded() {
        for (rate, excluded, is_read) in [
            (1.0, "/other", true),
            (0.0, "/other", false),
            (1.0, "/users/*", false),
        ] {
            let (running, _recorder) = running();
            running
                .monitor()
                .set_config(Sampling::default().with_rate(rate));
            let config = HttpConfig::default().with_excluded([excluded]);
            let (setup, headers) = (Setup::new().with_config(config), HeaderMap::new());
            let head = Noting::default();
            drop(open(
                &setup,
                running.monitor(),
                "http-service",
                &head,
                &HttpHeaders(&headers),
            ));
            assert_eq!(head.0.get(), is_read, "{rate} {excluded}");
        }
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
    fn untrusted_request_is_linked_to_its_caller_and_has_a_new_trace() {
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
    fn client_and_scheme_are_read_from_trusted_proxies_only() {
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
}
