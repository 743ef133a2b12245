//! Serde functions for lists of patterns in configuration files.
//!
//! A pattern that can match nothing is an error: it would be ignored without a word.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::pattern::Patterns;

/// Parses patterns of header names.
pub(super) fn headers<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Patterns, D::Error> {
    let is_name = |name: &str| name.parse::<http::HeaderName>().is_ok();
    checked(deserializer, is_name, "the name of a header")
}

/// Parses patterns of hosts.
pub(super) fn hosts<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Patterns, D::Error> {
    let is_host = |host: &str| {
        let is_address = host.starts_with('[') && host.ends_with(']');
        let is_free_of = |c: char| !c.is_whitespace() && !"/@?#".contains(c);
        !host.is_empty() && host.chars().all(is_free_of) && (is_address || !host.contains(':'))
    };
    checked(deserializer, is_host, "a host without scheme and port")
}

/// Parses patterns of media types.
pub(super) fn types<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Patterns, D::Error> {
    let is_type = |kind: &str| kind.contains('/') && !kind.contains([';', ' ']);
    checked(deserializer, is_type, "a media type without parameters")
}

/// Parses patterns; `is_text` returns whether a text without stars can match.
fn checked<'d, D: Deserializer<'d>>(
    deserializer: D,
    is_text: impl Fn(&str) -> bool,
    expected: &str,
) -> Result<Patterns, D::Error> {
    let patterns = Vec::<String>::deserialize(deserializer)?;
    let is_possible = |pattern: &String| match pattern.split_once('*') {
        None => is_text(pattern),
        Some(("", "")) => true,
        // Some text instead of the star makes it complete.
        Some((start, end)) => {
            !end.contains('*')
                && ["a", "a/a"]
                    .iter()
                    .any(|any| is_text(&[start, any, end].concat()))
        }
    };
    if patterns.iter().all(is_possible) {
        Ok(Patterns::from(patterns))
    } else {
        let message = format!("expected {expected}, with at most one `*`, in each place");
        Err(D::Error::custom(message))
    }
}

#[cfg(test)]
mod tests {
    use gomon_core::Settings;

    use crate::HttpConfig;

    fn parse(key: &str, pattern: &str) -> Result<HttpConfig, String> {
        let text = serde_json::json!({ key: [pattern] }).to_string();
        let settings = Settings::from_json("shop.json", &text).unwrap();
        settings.parse().map_err(|error| error.to_string())
    }

    #[test]
    fn pattern_that_can_match_nothing_is_an_error_that_names_the_key() {
        assert_eq!(
            parse("propagate-to", "http://localhost").unwrap_err(),
            "shop.json: key \"propagate-to\": expected a host without scheme and port, with at most one `*`, in each place"
        );
        for (key, pattern) in [
            ("propagate-to", ""),
            ("propagate-to", "localhost:8080"),
            ("propagate-to", "*.shop.internal/path"),
            ("propagate-to", "*.shop.*"),
            ("propagate-to", "user@host"),
            ("request-headers", "x request id"),
            ("request-headers", "accept:"),
            ("response-headers", "x-*-id:"),
            ("body-types", "json"),
            ("body-types", "text/html; charset=utf-8"),
        ] {
            let error = parse(key, pattern).unwrap_err();
            assert!(error.contains(key), "{pattern}: {error}");
        }
    }

    #[test]
    fn pattern_that_can_match_is_accepted() {
        for (key, pattern) in [
            ("propagate-to", "*"),
            ("propagate-to", "localhost"),
            ("propagate-to", "*.shop.internal"),
            ("propagate-to", "[::1]"),
            ("propagate-to", "127.0.0.*"),
            ("request-headers", "X-*"),
            ("response-headers", "*"),
            ("body-types", "*"),
            ("body-types", "text/*"),
            ("body-types", "*+json"),
            ("body-types", "*/json"),
            ("body-types", "application/*+json"),
        ] {
            assert_eq!(parse(key, pattern).map(drop), Ok(()), "{key} {pattern}");
        }
    }
}
