//! Requests of the `http` crate, version 1, into what is known of them.

use http::{Request, Version};

use crate::facts::RequestFacts;
use crate::server::Framework;

/// What is known of `request`.
pub(crate) fn facts<F: Framework<B>, B>(request: &Request<B>) -> RequestFacts<'_> {
    let uri = F::uri(request);
    let mut facts = RequestFacts::new(
        request.method().as_str(),
        proto(request.version()),
        uri.path(),
    )
    .with_scheme(uri.scheme_str())
    .with_host(uri.authority().map(http::uri::Authority::as_str))
    .with_query(uri.query())
    .with_route(F::route(request))
    .with_peer(F::peer(request));
    for (name, value) in request.headers() {
        facts.read_header(name.as_str(), value.as_bytes());
    }
    facts
}

pub(crate) fn proto(version: Version) -> &'static str {
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
