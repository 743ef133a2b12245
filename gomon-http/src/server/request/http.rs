//! Conversion of requests of the `http` crate, version 1.

use std::marker::PhantomData;

use http::Request;
use http::header::HOST;
use http::uri::Authority;

use crate::protocol::proto;
use crate::server::request::{Head, RequestFacts};
use crate::server::{Framework, Route};

/// A request of the framework `F`.
pub(crate) struct HttpHead<'r, F, B> {
    request: &'r Request<B>,
    framework: PhantomData<fn() -> F>,
}

impl<'r, F, B> HttpHead<'r, F, B> {
    pub(crate) fn new(request: &'r Request<B>) -> Self {
        Self {
            request,
            framework: PhantomData,
        }
    }
}

impl<'r, F: Framework<B>, B> Head<'r> for HttpHead<'r, F, B> {
    fn path(&self) -> &'r str {
        F::uri(self.request).path()
    }

    fn route(&self) -> Route<'r> {
        F::route(self.request)
    }

    fn facts<R>(&self, read: impl FnOnce(&RequestFacts<'r>) -> R) -> R {
        let request = self.request;
        let uri = F::uri(request);
        let mut facts = RequestFacts {
            scheme: uri.scheme_str(),
            host: uri.authority().map(Authority::as_str),
            query: uri.query(),
            route: F::route(request),
            peer: F::peer(request),
            ..RequestFacts::new(
                request.method().as_str(),
                proto(request.version()),
                uri.path(),
            )
        };
        for (name, value) in request.headers() {
            if name == HOST {
                // One check for text suffices, because the value is a valid header.
                facts.host = facts.host.or_else(|| value.to_str().ok());
            } else {
                facts.read_header(name.as_str(), value.as_bytes());
            }
        }
        read(&facts)
    }
}

#[cfg(test)]
mod tests {
    use http::Version;
    use http_body_util::Empty;

    use super::*;

    fn read(request: http::request::Builder, check: impl FnOnce(&RequestFacts<'_>)) {
        let request = request.body(Empty::<&[u8]>::new()).unwrap();
        HttpHead::<(), _>::new(&request).facts(check);
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
    fn headers_that_are_not_text_are_skipped() {
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
