//! Requests of the `http` crate, version 1, into what is known of them.

use http::{HeaderMap, Request, Version};

use crate::Framework;
use crate::facts::{RequestFacts, known_method};

/// What is known of `request`.
pub(crate) fn facts<F: Framework<B>, B>(request: &Request<B>) -> RequestFacts<'_> {
    let uri = F::uri(request);
    let mut facts = RequestFacts {
        method: known_method(request.method().as_str()),
        proto: proto(request.version()),
        scheme: uri.scheme_str(),
        host: uri.authority().map(http::uri::Authority::as_str),
        path: uri.path(),
        query: uri.query(),
        route: F::route(request),
        peer: F::peer(request),
        content_length: None,
        encoding: None,
        close: false,
        websocket: false,
        traced: false,
    };
    read_headers(&mut facts, request.headers());
    facts
}

/// One pass over all headers is cheaper than a look-up of each.
fn read_headers<'r>(facts: &mut RequestFacts<'r>, headers: &'r HeaderMap) {
    for (name, value) in headers {
        let value = || value.to_str().ok();
        match name.as_str() {
            "host" => facts.host = facts.host.or_else(value),
            "content-length" => facts.content_length = value().and_then(|it| it.parse().ok()),
            "transfer-encoding" => facts.encoding = facts.encoding.or_else(value),
            "connection" => facts.close |= value().is_some_and(says_close),
            "sec-websocket-version" => facts.websocket = true,
            "traceparent" => facts.traced = true,
            _ => {}
        }
    }
}

fn says_close(connection: &str) -> bool {
    connection
        .split(',')
        .any(|option| option.trim().eq_ignore_ascii_case("close"))
}

fn proto(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_3 => "HTTP/3",
        _ => "HTTP/1.1",
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Empty;

    use super::*;

    fn read(request: http::request::Builder, check: impl FnOnce(&RequestFacts<'_>)) {
        let request = request.body(Empty::<&[u8]>::new()).unwrap();
        check(&facts::<(), _>(&request));
    }

    #[test]
    fn host_is_the_targets_else_the_headers() {
        read(
            Request::get("/a?b=c").header("host", "example.org:80"),
            |facts| {
                assert_eq!((facts.host, facts.scheme), (Some("example.org:80"), None));
                assert_eq!((facts.path, facts.query), ("/a", Some("b=c")));
            },
        );
        read(
            Request::get("https://example.com/a").header("host", "example.org"),
            |facts| {
                assert_eq!(
                    (facts.host, facts.scheme),
                    (Some("example.com"), Some("https"))
                );
            },
        );
    }

    #[test]
    fn length_encoding_and_close_are_the_requests() {
        let request = Request::post("/")
            .header("content-length", "12")
            .header("connection", "x, Close");
        read(request, |facts| {
            assert_eq!(
                (facts.content_length, facts.encoding, facts.close),
                (Some(12), None, true)
            );
        });
        let request = Request::post("/")
            .header("transfer-encoding", "chunked")
            .header("content-length", "-1");
        read(request, |facts| {
            assert_eq!(
                (facts.content_length, facts.encoding, facts.close),
                (None, Some("chunked"), false)
            );
        });
    }

    #[test]
    fn callers_and_websockets_are_told_by_their_headers() {
        read(Request::get("/"), |facts| {
            assert!(!facts.traced && !facts.websocket);
        });
        let request = Request::get("/")
            .header("traceparent", "x")
            .header("sec-websocket-version", "13");
        read(request, |facts| assert!(facts.traced && facts.websocket));
    }

    #[test]
    fn headers_that_are_no_text_are_left_out() {
        let host = http::HeaderValue::from_bytes(b"\xff").unwrap();
        read(
            Request::get("*")
                .header("host", host)
                .version(Version::HTTP_2),
            |facts| {
                assert_eq!((facts.host, facts.path, facts.proto), (None, "*", "HTTP/2"));
            },
        );
    }
}
