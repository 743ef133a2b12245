//! Rocket's requests into what is known of them.

use std::net::SocketAddr;

use gomon_http::server::RequestFacts;
use rocket::Request;

use crate::headers::RocketHeaders;

/// What is known of `request`; `authority` is what [`authority`] gives for it.
pub(crate) fn facts<'r>(request: &'r Request<'_>, authority: Option<&'r str>) -> RequestFacts<'r> {
    let is_tls = request.rocket().config().tls_enabled();
    let uri = request.uri();
    let peer: Option<SocketAddr> = request.remote();
    let mut facts = RequestFacts::new(
        request.method().as_str(),
        protocol(request),
        uri.path().as_str(),
    )
    .with_scheme(is_tls.then_some("https"))
    .with_host(authority)
    .with_query(uri.query().map(|query| query.as_str()))
    .with_peer(peer);
    RocketHeaders(request.headers()).for_each(|name, value| facts.read_header(name, value));
    facts
}

/// The host of a request without the header `host`.
pub(crate) fn authority(request: &Request<'_>) -> Option<String> {
    let host = request.host()?;
    (!request.headers().contains("host")).then(|| host.to_string())
}

/// Rocket tells no version, but takes the host of HTTP/1 from the header alone and that of HTTP/2 from `:authority` alone.
///
/// HTTP/1.1 requires the header (RFC 9112, 3.2); clients of HTTP/2 hardly ever send it too.
fn protocol(request: &Request<'_>) -> &'static str {
    match (request.host(), request.headers().contains("host")) {
        (Some(_), false) => "HTTP/2",
        (None, false) => "HTTP/1.0",
        (_, true) => "HTTP/1.1",
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
        protocol_wanted: &str,
        authority_wanted: Option<&str>,
    ) {
        let client = Client::untracked(rocket::build()).unwrap();
        let mut request = client.get("/a%20b?c=d");
        prepare(&mut request);
        assert_eq!(protocol(request.inner()), protocol_wanted);
        assert_eq!(authority(request.inner()).as_deref(), authority_wanted);
    }

    #[test]
    fn version_is_told_by_where_the_host_came_from() {
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
