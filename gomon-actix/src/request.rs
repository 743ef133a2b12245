//! Conversion of actix's requests.

use actix_web::dev::ServiceRequest;
use actix_web::http::Version;
use actix_web::http::uri::Authority;
use gomon_http::server::RequestFacts;

/// Returns the facts about a request before it is routed.
pub(crate) fn facts(request: &ServiceRequest) -> RequestFacts<'_> {
    let uri = request.uri();
    let secure = request.app_config().secure().then_some("https");
    let mut facts = RequestFacts::new(
        request.method().as_str(),
        proto(request.version()),
        uri.path(),
    )
    .with_scheme(uri.scheme_str().or(secure))
    .with_host(uri.authority().map(Authority::as_str))
    .with_query(uri.query())
    .with_peer(request.peer_addr());
    for (name, value) in request.headers() {
        facts.read_header(name.as_str(), value.as_bytes());
    }
    facts
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
    use super::*;

    #[test]
    fn protocols_have_the_names_of_the_event_model() {
        for (version, name) in [
            (Version::HTTP_10, "HTTP/1.0"),
            (Version::HTTP_11, "HTTP/1.1"),
            (Version::HTTP_2, "HTTP/2"),
        ] {
            assert_eq!(proto(version), name);
        }
    }
}
