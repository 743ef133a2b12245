//! Addresses of clients behind proxies.
//!
//! Any client can send `X-Forwarded-For`; each proxy appends the address of its peer at the right. Only addresses that
//! trusted proxies appended are used: the rightmost one that is not a trusted proxy's. If `X-Forwarded-For` and
//! `Forwarded` (RFC 7239) disagree, a proxy forwarded one of them unchanged, and both are ignored.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::headers::Headers;

/// The peer address of a connection. Servers add it to the extensions of their requests.
///
/// # Examples
///
/// ```
/// use std::net::SocketAddr;
/// use gomon_http::server::PeerAddress;
/// use http::Request;
///
/// # fn accepted(peer: SocketAddr, mut request: Request<()>) {
/// request.extensions_mut().insert(PeerAddress(peer));
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub SocketAddr);

/// Maximum length of a list of proxies, in bytes. Longer lists are ignored.
const MAX_LIST_BYTES: usize = 4096;

/// Returns the address of the client whose request came from `peer`, a trusted proxy.
pub(crate) fn client_behind(peer: IpAddr, headers: &impl Headers, trusted: &[IpNet]) -> IpAddr {
    let listed = client_in(headers.values("x-forwarded-for"), trusted, Some);
    let forwarded = client_in(headers.values("forwarded"), trusted, |element| {
        parameter(element, "for")
    });
    match (listed, forwarded) {
        (List::Absent, List::Names(ip)) | (List::Names(ip), List::Absent) => ip,
        (List::Names(ip), List::Names(other)) if ip == other => ip,
        _ => peer.to_canonical(),
    }
}

/// Returns the scheme that the nearest proxy names.
pub(crate) fn forwarded_scheme(headers: &impl Headers) -> Option<&'static str> {
    let last = headers.values("x-forwarded-proto").last()?;
    let last = last.rsplit(|&byte| byte == b',').next()?.trim_ascii();
    ["https", "http"]
        .into_iter()
        .find(|scheme| scheme.as_bytes().eq_ignore_ascii_case(last))
}

/// Returns whether one of the networks contains `ip`.
pub(crate) fn is_trusted(ip: IpAddr, trusted: &[IpNet]) -> bool {
    let ip = ip.to_canonical();
    trusted.iter().any(|network| network.contains(&ip))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    /// The header is missing.
    Absent,
    /// The header does not name the client.
    Silent,
    Names(IpAddr),
}

/// Returns the rightmost address that is not a trusted proxy's, or the leftmost one if all are.
fn client_in<'h>(
    values: impl Iterator<Item = &'h [u8]>,
    trusted: &[IpNet],
    address: impl Fn(&'h str) -> Option<&'h str>,
) -> List {
    let mut list = List::Absent;
    let mut length = 0;
    for value in values {
        length += value.len();
        let Ok(value) = std::str::from_utf8(value) else {
            return List::Silent;
        };
        if length > MAX_LIST_BYTES {
            return List::Silent;
        }
        for element in value.split(',') {
            list = match address(element).and_then(parse_address) {
                Some(ip) if matches!(list, List::Names(_)) && is_trusted(ip, trusted) => list,
                Some(ip) => List::Names(ip),
                // Entries to the left of an unparsable one are untrusted.
                None => List::Silent,
            };
        }
    }
    list
}

/// Returns the value of a parameter in one element of `Forwarded`.
fn parameter<'h>(element: &'h str, name: &str) -> Option<&'h str> {
    element.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then_some(value)
    })
}

/// Parses an address with or without port, brackets and quotes.
fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let ip = bare
        .parse()
        .or_else(|_| text.parse().map(|address: SocketAddr| address.ip()));
    ip.ok().map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;
    use crate::headers::HttpHeaders;

    fn map(headers: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |&(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        };
        headers.iter().map(pair).collect()
    }

    fn client(headers: &[(&'static str, &'static str)]) -> String {
        let trusted = [
            "10.0.0.0/8".parse().unwrap(),
            "2001:db8::/32".parse().unwrap(),
        ];
        let peer = "10.0.0.1".parse().unwrap();
        client_behind(peer, &HttpHeaders(&map(headers)), &trusted).to_string()
    }

    #[test]
    fn client_is_the_rightmost_address_that_is_not_a_proxy() {
        for (list, expected) in [
            ("203.0.113.9", "203.0.113.9"),
            ("6.6.6.6, 203.0.113.9", "203.0.113.9"),
            ("6.6.6.6, 203.0.113.9,10.1.1.1, 10.2.2.2", "203.0.113.9"),
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db9::1]:80", "2001:db9::1"),
            ("2001:db9::1", "2001:db9::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("10.3.3.3, 10.2.2.2", "10.3.3.3"),
            ("6.6.6.6, unknown, 10.2.2.2", "10.2.2.2"),
            ("6.6.6.6, unknown", "10.0.0.1"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(client(&[("x-forwarded-for", list)]), expected, "{list}");
        }
    }

    #[test]
    fn several_headers_are_one_list() {
        let headers = [
            ("x-forwarded-for", "6.6.6.6"),
            ("x-forwarded-for", "203.0.113.9, 10.1.1.1"),
        ];
        assert_eq!(client(&headers), "203.0.113.9");
    }

    #[test]
    fn forwarded_is_parsed_by_its_rfc() {
        for (list, expected) in [
            ("for=203.0.113.9;proto=https;by=10.0.0.1", "203.0.113.9"),
            ("proto=http; For=\"[2001:db9::1]:4711\"", "2001:db9::1"),
            ("for=6.6.6.6, for=203.0.113.9, for=10.1.1.1", "203.0.113.9"),
            ("for=_hidden", "10.0.0.1"),
            ("proto=https", "10.0.0.1"),
        ] {
            assert_eq!(client(&[("forwarded", list)]), expected, "{list}");
        }
    }

    #[test]
    fn headers_that_disagree_are_ignored() {
        let both = [
            ("x-forwarded-for", "203.0.113.9"),
            ("forwarded", "for=6.6.6.6"),
        ];
        assert_eq!(client(&both), "10.0.0.1");
        let both = [
            ("x-forwarded-for", "203.0.113.9"),
            ("forwarded", "for=203.0.113.9"),
        ];
        assert_eq!(client(&both), "203.0.113.9");
    }

    #[test]
    fn lists_without_bound_are_not_read() {
        let list = "6.6.6.6,".repeat(600) + "203.0.113.9";
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_str(&list).unwrap());
        let peer = "10.0.0.1".parse().unwrap();
        assert_eq!(client_behind(peer, &HttpHeaders(&headers), &[]), peer);
    }

    #[test]
    fn scheme_is_the_nearest_proxys() {
        for (value, expected) in [
            ("https", Some("https")),
            ("http, HTTPS", Some("https")),
            ("x", None),
        ] {
            let headers = map(&[("x-forwarded-proto", value)]);
            assert_eq!(
                forwarded_scheme(&HttpHeaders(&headers)),
                expected,
                "{value}"
            );
        }
    }
}
