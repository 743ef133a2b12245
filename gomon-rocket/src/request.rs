//! Conversion of Rocket's requests.

use std::net::SocketAddr;

use gomon_http::server::RequestFacts;
use rocket::Request;

use crate::headers::RocketHeaders;

/// Returns the facts about a request with this `origin`.
pub(crate) fn facts<'r>(request: &'r Request<'_>, origin: &'r Origin) -> RequestFacts<'r> {
    let is_tls = request.rocket().config().tls_enabled();
    let uri = request.uri();
    let peer: Option<SocketAddr> = request.remote();
    let mut facts = RequestFacts::new(
        request.method().as_str(),
        origin.protocol,
        uri.path().as_str(),
    )
    .with_scheme(is_tls.then_some("https"))
    .with_host(origin.authority.as_deref())
    .with_query(uri.query().map(|query| query.as_str()))
    .with_peer(peer);
    RocketHeaders(request.headers()).for_each(|name, value| facts.read_header(name, value));
    facts
}

/// Properties of a request that Rocket reveals only indirectly.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    protocol: &'static str,
    /// The host, if no header names it.
    authority: Option<String>,
}

impl Origin {
    /// Infers the version: Rocket does not expose it, but takes the host from the header `host` in HTTP/1 only and from
    /// `:authority` in HTTP/2 only.
    ///
    /// HTTP/1.1 requires the header (RFC 9112, 3.2); clients of HTTP/2 rarely send both.
    pub(crate) fn of(request: &Request<'_>) -> Self {
        let (protocol, authority) = match request.host() {
            _ if request.headers().contains("host") => ("HTTP/1.1", None),
            Some(host) => ("HTTP/2", Some(host.to_string())),
            None => ("HTTP/1.0", None),
        };
        Self {
            protocol,
            authority,
        }
    }
}

#[cfg(test)]
mod tests {
    use rocket::http::Header;
    use rocket::http::uri::Host;
    use rocket::local::blocking::{Client, LocalRequest};

    use super::*;

    fn check(
        prepare: impl for<'c> Fn(&mut LocalRequest<'c>),
        protocol: &'static str,
        authority: Option<&str>,
    ) {
        let client = Client::untracked(rocket::build()).unwrap();
        let mut request = client.get("/a%20b?c=d");
        prepare(&mut request);
        let authority = authority.map(str::to_owned);
        let wanted = Origin {
            protocol,
            authority,
        };
        assert_eq!(Origin::of(request.inner()), wanted);
    }

    #[test]
    fn version_is_inferred_from_the_source_of_the_host() {
        let host = || Host::parse("example.org:81").unwrap();
        check(|_| {}, "HTTP/1.0", None);
        check(
            |request| request.set_host(host()),
            "HTTP/2",
            Some("example.org:81"),
        );
        let both = |request: &mut LocalRequest<'_>| {
            request.add_header(Header::new("host", "example.org:81"));
            request.set_host(host());
        };
        check(both, "HTTP/1.1", None);
        let malformed = |request: &mut LocalRequest<'_>| {
            request.add_header(Header::new("host", "a b"));
        };
        check(malformed, "HTTP/1.1", None);
    }
}
