//! Parts of a URL, without credentials.

use crate::policy::REDACTED;
use crate::text::sign;

/// Scheme, host, path and query of a URL or a request target, borrowed from its text.
///
/// User, password and fragment are dropped. Nothing is decoded or allocated. Any text is
/// accepted: text that is not a URL is a path. A host that may be a badly encoded password is
/// `[redacted]`. The query is unchanged; see
/// [`Redaction::write_query`](crate::policy::Redaction::write_query).
///
/// # Examples
/// ```
/// use gomon_redact::UrlParts;
///
/// let url = UrlParts::parse("https://me:secret@example.org:8080/cart?item=7#top");
/// assert_eq!(url.scheme, Some("https"));
/// assert_eq!(url.host, Some("example.org:8080"));
/// assert_eq!(url.path, "/cart");
/// assert_eq!(url.query, Some("item=7"));
///
/// let target = UrlParts::parse("/cart?item=7");
/// assert_eq!((target.host, target.path), (None, "/cart"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct UrlParts<'a> {
    /// The text before `://`.
    pub scheme: Option<&'a str>,
    /// The host, with its port if there is one.
    pub host: Option<&'a str>,
    /// The path; empty if there is none.
    pub path: &'a str,
    /// The text after the first `?`.
    pub query: Option<&'a str>,
}

impl<'a> UrlParts<'a> {
    /// Creates parts with a path alone.
    #[must_use]
    pub const fn new(path: &'a str) -> Self {
        Self {
            scheme: None,
            host: None,
            path,
            query: None,
        }
    }

    /// Sets the scheme.
    #[must_use]
    pub const fn with_scheme(mut self, scheme: Option<&'a str>) -> Self {
        self.scheme = scheme;
        self
    }

    /// Sets the host, with its port if there is one.
    #[must_use]
    pub const fn with_host(mut self, host: Option<&'a str>) -> Self {
        self.host = host;
        self
    }

    /// Sets the query.
    #[must_use]
    pub const fn with_query(mut self, query: Option<&'a str>) -> Self {
        self.query = query;
        self
    }

    /// Parses a URL (`https://example.org/a?b`) or a request target: `/a?b`, `example.org:443`
    /// or `*` (RFC 9112, 3.2).
    ///
    /// # Examples
    /// ```
    /// use gomon_redact::UrlParts;
    ///
    /// assert_eq!(UrlParts::parse("example.org:443").host, Some("example.org:443"));
    /// assert_eq!(UrlParts::parse("*").path, "*");
    /// ```
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let (scheme, rest) = match split_scheme(text) {
            Some((scheme, rest)) => (Some(scheme), rest),
            None if is_authority(text) => (None, text),
            None => return Self::from_target(text),
        };
        // Browsers accept any number of slashes.
        let bare = rest.trim_start_matches(['/', '\\']);
        let rest = match after_userinfo(bare) {
            Some(after) => after,
            None if has_encoded_userinfo(split_authority(bare).0) => bare,
            None => rest,
        };
        let (authority, tail) = split_authority(rest);
        let host = if has_good_port(authority) && !has_encoded_userinfo(authority) {
            authority
        } else {
            REDACTED
        };
        Self::from_target(tail)
            .with_scheme(scheme)
            .with_host(Some(host))
    }

    /// Parses a path with or without query and fragment.
    fn from_target(text: &'a str) -> Self {
        let text = text.split_once('#').map_or(text, |(text, _)| text);
        match text.split_once('?') {
            Some((path, query)) => Self::new(path).with_query(Some(query)),
            None => Self::new(text),
        }
    }
}

/// Splits at `://` after a scheme (RFC 3986, 3.1).
pub(crate) fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let end = text
        .bytes()
        .take_while(|&byte| is_scheme_byte(byte))
        .count();
    let (scheme, rest) = text.split_at_checked(end)?;
    let first = scheme.bytes().next()?;
    Some((scheme, rest.strip_prefix("://")?)).filter(|_| first.is_ascii_alphabetic())
}

pub(crate) fn is_scheme_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-')
}

/// Splits the text after `://` at the end of the authority.
pub(crate) fn split_authority(rest: &str) -> (&str, &str) {
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    rest.split_at_checked(end).unwrap_or((rest, ""))
}

/// Returns the text after user and password; `None` if `rest`, the text after `://`, has none.
///
/// The `/`, `?` or `#` of a password may be unencoded. The text before it then looks like a host
/// whose port is not a number. With a user or such a port, the last `@` of the text ends the
/// password. (Digits before the `/` look like a port and are treated as one.)
pub fn after_userinfo(rest: &str) -> Option<&str> {
    let (authority, _) = split_authority(rest);
    if !authority.contains('@') && has_good_port(authority) {
        return None;
    }
    rest.rsplit_once('@').map(|(_, after)| after)
}

/// Returns whether a text contains an `@` or a colon that is encoded once or more: `%40`, `%3A`, `%2540`.
pub fn has_encoded_userinfo(text: &str) -> bool {
    encoded_sign(text, |sign| matches!(sign, b'@' | b':')).is_some()
}

/// Returns the offset of the last character for which `is_sign` holds and that is encoded, once or more.
pub(crate) fn encoded_sign(text: &str, is_sign: impl Fn(u8) -> bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut end = bytes.len();
    loop {
        end = bytes.get(..end)?.iter().rposition(|&byte| byte == b'%')?;
        match sign::first(bytes.get(end..)?) {
            Some((sign, 2..)) if is_sign(sign) => return Some(end),
            _ => {}
        }
    }
}

/// Returns whether there is no colon, or the text after it could be a port.
pub(crate) fn has_good_port(authority: &str) -> bool {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !is_ipv6(authority) => (host, port),
        _ => return true,
    };
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    digits && (!host.contains(':') || is_ipv6(host))
}

fn is_ipv6(host: &str) -> bool {
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    inner.is_some_and(|inner| {
        inner
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'.' | b'%'))
    })
}

/// Returns whether a target without a scheme is `host:port` or contains a password.
fn is_authority(text: &str) -> bool {
    let (authority, _) = split_authority(text);
    match authority.rsplit_once(':') {
        Some((host, _)) => {
            authority.contains('@')
                || authority.len() == text.len() && !host.is_empty() && has_good_port(authority)
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(text: &str) -> (Option<&str>, Option<&str>, &str, Option<&str>) {
        let url = UrlParts::parse(text);
        (url.scheme, url.host, url.path, url.query)
    }

    #[test]
    fn every_form_of_target_is_split() {
        for (text, expected) in [
            ("", (None, None, "", None)),
            ("/", (None, None, "/", None)),
            ("/a?b#c", (None, None, "/a", Some("b"))),
            ("/a#c?b", (None, None, "/a", None)),
            ("//host/a", (None, None, "//host/a", None)),
            ("/a?u=http://x", (None, None, "/a", Some("u=http://x"))),
            ("*", (None, None, "*", None)),
            ("host:443", (None, Some("host:443"), "", None)),
            ("u:p@host/a", (None, Some("host"), "/a", None)),
            ("http://host", (Some("http"), Some("host"), "", None)),
            (
                "http://host:80?q",
                (Some("http"), Some("host:80"), "", Some("q")),
            ),
            ("http://[::1]/a", (Some("http"), Some("[::1]"), "/a", None)),
            (
                "http://u@[::1]:80/a",
                (Some("http"), Some("[::1]:80"), "/a", None),
            ),
            (
                "http://host/@scope/pkg",
                (Some("http"), Some("host"), "/@scope/pkg", None),
            ),
            (
                "http://host/a?to=b@c",
                (Some("http"), Some("host"), "/a", Some("to=b@c")),
            ),
            (
                "git+ssh://git@host/a",
                (Some("git+ssh"), Some("host"), "/a", None),
            ),
            ("not a url", (None, None, "not a url", None)),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn unencoded_password_is_not_shown() {
        for text in [
            "http://u:hun@ter/2@host/a",
            "http://u:hun/ter2@host/a",
            "http://u:hun?ter2@host/a",
            "http://u:hun#ter2@host/a",
            "http://u:hun:ter@host/a",
        ] {
            assert_eq!(
                parts(text),
                (Some("http"), Some("host"), "/a", None),
                "{text}"
            );
        }
        assert_eq!(UrlParts::parse("http://u:hunter/").host, Some(REDACTED));
        for text in [
            "http:///PW@host/a",
            "http:////u:PW@host/a",
            "http://\\PW@host/a",
        ] {
            let expected = (Some("http"), Some("host"), "/a", None);
            assert_eq!(parts(text), expected, "{text}");
        }
        for text in ["http:///PW%40host/a", "http:///u%3APW/a"] {
            let expected = (Some("http"), Some(REDACTED), "/a", None);
            assert_eq!(parts(text), expected, "{text}");
        }
        for path in ["/home/me", "/C:/me"] {
            let expected = (Some("file"), Some(""), path, None);
            assert_eq!(parts(&format!("file://{path}")), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_split_without_its_password(
            slashes in "/{2,4}", user in "[a-z]{0,5}", password in "([A-Z/?#@:%!][A-Z0-9/?#@:%!]{0,5})?PLANTED[A-Z0-9/?#@:%!]{0,6}",
        ) {
            let text = format!("http:{slashes}{user}:{password}@example.org:80/path?a=b");
            prop_assert!(!format!("{:?}", UrlParts::parse(&text)).contains("PLANTED"), "{}", text);
        }

        #[test]
        fn any_text_is_accepted(text in ".{0,60}") {
            let url = UrlParts::parse(&text);
            prop_assert!(url.path.len() <= text.len());
        }
    }
}
