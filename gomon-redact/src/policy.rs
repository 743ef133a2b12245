//! Redaction policy.

use std::borrow::Cow;
use std::fmt;

use crate::name::is_secret_name;
use crate::text::{MIN_SHAPE, scrub_text};

/// The replacement of a secret.
///
/// # Examples
/// ```
/// assert_eq!(gomon_redact::REDACTED, "[redacted]");
/// ```
pub const REDACTED: &str = "[redacted]";

/// Maximum length of a key that is shown although it has no value.
const MAX_BARE_KEY: usize = 16;

/// Maximum length of a key that is shown.
const MAX_KEY: usize = 64;

/// Minimum length at which digits make a key a token.
///
/// That is the case if a run of this many letters and digits contains a digit, or if the whole key has
/// [`MIN_TOKEN_DIGITS`] or [`MIN_TOKEN_CHANGES`].
const MIN_TOKEN: usize = 16;

/// Minimum number of digits of a token. A key of this many digits without letters is a token at any length.
const MIN_TOKEN_DIGITS: usize = 4;

/// Minimum number of changes between letters and digits in a token.
const MIN_TOKEN_CHANGES: usize = 3;

/// Policy that decides which headers and query values are redacted.
///
/// By default these are the headers with a secret name (see [`is_secret_name`]) and the values
/// of the whole query. Names are compared without regard to case, and `-` equals `_`.
/// [`with_denied`](Self::with_denied) takes precedence over
/// [`with_unsafe_allowed`](Self::with_unsafe_allowed), and both over the built-in rules.
///
/// # Examples
/// ```
/// use gomon_redact::Redaction;
///
/// let redaction = Redaction::default().with_denied("x-tenant").with_visible_query("page");
/// assert!(redaction.is_secret_header("Authorization"));
/// assert!(redaction.is_secret_header("X-Tenant"));
/// assert!(!redaction.is_secret_header("content-type"));
///
/// let mut query = String::new();
/// redaction.write_query("page=2&q=me%40example.org", &mut query).unwrap();
/// assert_eq!(query, "page=2&q=[redacted]");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redaction {
    denied: Vec<Box<str>>,
    unsafe_allowed: Vec<Box<str>>,
    visible_query: Vec<Box<str>>,
}

impl Redaction {
    /// Redacts the header and query key `name` too.
    ///
    /// # Examples
    /// ```
    /// use gomon_redact::Redaction;
    ///
    /// let redaction = Redaction::default().with_denied("x-tenant");
    /// assert!(redaction.is_secret_header("x-tenant"));
    /// ```
    #[must_use]
    pub fn with_denied(mut self, name: &str) -> Self {
        self.denied.push(name.into());
        self
    }

    /// Shows the values of a header or query key despite its secret name.
    ///
    /// It is still recorded only if the configuration includes it. Every reader of the events
    /// can read the value, so use this only for names that are misjudged.
    ///
    /// # Examples
    /// ```
    /// use gomon_redact::Redaction;
    ///
    /// let redaction = Redaction::default().with_unsafe_allowed("x-tax-key");
    /// assert!(!redaction.is_secret_header("x-tax-key"));
    /// ```
    #[must_use]
    pub fn with_unsafe_allowed(mut self, name: &str) -> Self {
        self.unsafe_allowed.push(name.into());
        self
    }

    /// Shows the values of a query key, unless its name is secret.
    ///
    /// # Examples
    /// ```
    /// use gomon_redact::Redaction;
    ///
    /// let redaction = Redaction::default().with_visible_query("page").with_visible_query("token");
    /// assert!(redaction.is_visible_query("page"));
    /// assert!(!redaction.is_visible_query("token"));
    /// ```
    #[must_use]
    pub fn with_visible_query(mut self, key: &str) -> Self {
        self.visible_query.push(key.into());
        self
    }

    /// Returns whether the values of a header are hidden. All other values are searched for secrets.
    ///
    /// # Examples
    /// ```
    /// let redaction = gomon_redact::Redaction::default();
    /// assert!(redaction.is_secret_header("Set-Cookie"));
    /// assert!(!redaction.is_secret_header("x-request-id"));
    /// ```
    #[must_use]
    pub fn is_secret_header(&self, name: &str) -> bool {
        if contains(&self.denied, name) {
            return true;
        }
        !COMMON.contains(&name)
            && !contains(&self.unsafe_allowed, name)
            && (is_secret_name(name.as_bytes()) || name.eq_ignore_ascii_case("key"))
    }

    /// Returns whether the values of a query key are shown.
    #[must_use]
    pub fn is_visible_query(&self, key: &str) -> bool {
        contains(&self.visible_query, key) && !self.is_secret_header(key)
    }

    /// Writes a query (without its `?`), with its keys and redacted values.
    ///
    /// A part without `=` is redacted, as a flag looks like a bare token. So is a part that ends
    /// in `=`, as Base64 does, unless its key is visible or a plain name of at most 16 bytes.
    /// Visible values are passed through [`scrub_text`].
    ///
    /// A part is redacted with its key unless the key is a plain name. A plain name has at most 64 bytes: letters, digits,
    /// `_`, `-`, `.`, `$`, brackets and encoded brackets. It must not look like a token. From 16 bytes on, four digits look
    /// like a token, and so do three changes between letters and digits. Four digits without letters do at any length.
    ///
    /// # Errors
    /// Returns the errors of `out`; a `String` has none.
    ///
    /// # Examples
    /// ```
    /// let mut query = String::new();
    /// gomon_redact::Redaction::default().write_query("a=1&b=&c", &mut query).unwrap();
    /// assert_eq!(query, "a=[redacted]&b=&[redacted]");
    /// ```
    pub fn write_query(&self, query: &str, out: &mut impl fmt::Write) -> fmt::Result {
        write_query(query, |key| self.is_visible_query(key), out)
    }
}

/// Writes a query like [`Redaction::write_query`]; `is_visible` selects the visible keys.
pub(crate) fn write_query(
    query: &str,
    is_visible: impl Fn(&str) -> bool,
    out: &mut impl fmt::Write,
) -> fmt::Result {
    // Adjacent text that is shown is written at once.
    let (mut written, mut start) = (0, 0);
    while let Some(rest) = query.get(start..).filter(|rest| !rest.is_empty()) {
        let end = rest.bytes().position(|byte| matches!(byte, b'&' | b';'));
        let part = end.and_then(|end| rest.get(..end)).unwrap_or(rest);
        if let Some((kept, substitute)) = replacement(part, &is_visible) {
            out.write_str(query.get(written..start + kept).unwrap_or_default())?;
            out.write_str(&substitute)?;
            written = start + part.len();
        }
        start += part.len() + 1;
    }
    out.write_str(query.get(written..).unwrap_or_default())
}

/// Returns the replacement of a part's end, and the length of the text before it; `None` if the part is shown.
fn replacement<'q>(
    part: &'q str,
    is_visible: impl Fn(&str) -> bool,
) -> Option<(usize, Cow<'q, str>)> {
    let redacted = |kept| Some((kept, Cow::Borrowed(REDACTED)));
    match split_key(part) {
        // `==` at the end is the padding of a bare Base64 token.
        Some((_, value)) if value.starts_with('=') => redacted(0),
        Some((key, value)) if is_visible(key) => Some((key.len() + 1, scrub_text(value))),
        Some((key, value)) if !is_shown(key, value.is_empty()) => redacted(0),
        Some((_, "")) => None,
        Some((key, _)) => redacted(key.len() + 1),
        None if part.is_empty() || is_visible(part) => None,
        None => redacted(0),
    }
}

/// Splits at the first `=`. A search for a byte is faster than one for a character.
fn split_key(part: &str) -> Option<(&str, &str)> {
    let end = part.bytes().position(|byte| byte == b'=')?;
    Some((part.get(..end)?, part.get(end + 1..)?))
}

/// Returns whether a key is shown; `is_bare` if its value is empty.
fn is_shown(key: &str, is_bare: bool) -> bool {
    if is_bare {
        is_plain_name(key)
    } else {
        is_short_name(key) || is_long_name(key)
    }
}

/// Returns whether the text before a final `=` is certainly a key, not a Base64 token with its padding.
pub(crate) fn is_plain_name(key: &str) -> bool {
    let is_bare_name = || key.len() <= MAX_BARE_KEY && key.bytes().all(is_of_name);
    is_short_name(key) || is_bare_name() && is_long_name(key)
}

/// Returns whether a key is a name too short for a secret, as most keys are.
fn is_short_name(key: &str) -> bool {
    key.len() < MIN_SHAPE
        && key.bytes().all(is_of_name)
        && (key.bytes().any(|byte| byte.is_ascii_alphabetic())
            || key.bytes().filter(u8::is_ascii_digit).count() < MIN_TOKEN_DIGITS)
}

/// Returns whether a key with a value is a name that does not look like a secret.
#[cold]
fn is_long_name(key: &str) -> bool {
    if key.len() > MAX_KEY {
        return false;
    }
    let mut words = Words::default();
    let mut rest = key;
    while let Some((name, after)) = rest.split_once('%') {
        let Some(("5B" | "5b" | "5D" | "5d", after)) = after.split_at_checked(2) else {
            return false;
        };
        if !words.add(name) {
            return false;
        }
        rest = after;
    }
    words.add(rest)
        && !words.is_token(key.len())
        && (key.len() < MIN_SHAPE || matches!(scrub_text(key), Cow::Borrowed(_)))
}

/// Counts of what distinguishes a token from the words of a name.
#[derive(Default)]
struct Words {
    has_letter: bool,
    digits: usize,
    /// Changes between adjacent letters and digits.
    changes: usize,
}

impl Words {
    /// Adds the text between two encoded brackets; returns whether it consists of words and joiners.
    fn add(&mut self, name: &str) -> bool {
        let mut length = 0;
        let mut run_has_digit = false;
        let mut was_digit = false;
        name.chars().all(|c| {
            if !c.is_alphanumeric() {
                length = 0;
                run_has_digit = false;
                return u8::try_from(c).is_ok_and(is_of_name);
            }
            let is_digit = c.is_numeric();
            self.changes += usize::from(length > 0 && is_digit != was_digit);
            self.digits += usize::from(is_digit);
            self.has_letter |= !is_digit;
            was_digit = is_digit;
            run_has_digit |= is_digit;
            length += 1;
            !(run_has_digit && length >= MIN_TOKEN)
        })
    }

    /// Returns whether digits make a key of this length a token.
    fn is_token(&self, length: usize) -> bool {
        let has_digits = self.digits >= MIN_TOKEN_DIGITS;
        let is_mixed = has_digits || self.changes >= MIN_TOKEN_CHANGES;
        length >= MIN_TOKEN && is_mixed || has_digits && !self.has_letter
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']' | b'$')
}

/// Names of common headers, which are not secret. This is the fast path.
const COMMON: [&str; 9] = [
    "accept",
    "user-agent",
    "content-type",
    "x-request-id",
    "cache-control",
    "content-length",
    "accept-encoding",
    "content-encoding",
    "retry-after",
];

fn contains(names: &[Box<str>], name: &str) -> bool {
    let fold = |byte: u8| {
        if byte == b'_' {
            b'-'
        } else {
            byte.to_ascii_lowercase()
        }
    };
    names
        .iter()
        .any(|known| known.bytes().map(fold).eq(name.bytes().map(fold)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn query(redaction: &Redaction, query: &str) -> String {
        let mut out = String::new();
        redaction
            .write_query(query, &mut out)
            .expect("writing to a string cannot fail");
        out
    }

    fn policy<T: Clone + Default + fmt::Debug + Send + Sync + 'static>() {}

    #[test]
    fn policy_is_send_and_sync() {
        policy::<Redaction>();
    }

    #[test]
    fn common_names_are_not_secret_unless_denied() {
        for name in COMMON {
            assert!(!is_secret_name(name.as_bytes()), "{name}");
        }
        assert!(
            Redaction::default()
                .with_denied("accept")
                .is_secret_header("accept")
        );
    }

    #[test]
    fn denied_names_take_precedence_over_allowed_ones() {
        let redaction = Redaction::default()
            .with_unsafe_allowed("X-Token")
            .with_denied("x_token");
        assert!(redaction.is_secret_header("x-token"));
        let redaction = Redaction::default().with_unsafe_allowed("X_Token");
        assert!(!redaction.is_secret_header("x-token"));
        assert!(redaction.is_secret_header("y-token"));
    }

    #[test]
    fn common_secret_headers_are_redacted() {
        for name in [
            "authorization",
            "proxy-authorization",
            "cookie",
            "set-cookie",
            "x-api-key",
            "x-auth-token",
            "x-csrf-token",
            "x-xsrf-token",
            "x-amz-security-token",
            "x-vault-token",
            "api-key",
            "key",
        ] {
            assert!(Redaction::default().is_secret_header(name), "{name}");
        }
        for name in [
            "x-request-id",
            "accept-encoding",
            "user-agent",
            "idempotency-key",
            "etag",
        ] {
            assert!(!Redaction::default().is_secret_header(name), "{name}");
        }
    }

    #[test]
    fn queries_keep_their_keys_and_shape() {
        let redaction = Redaction::default()
            .with_visible_query("page")
            .with_visible_query("next")
            .with_visible_query("a-page-with-a-long-name");
        for (from, to) in [
            ("", ""),
            ("&&=&", "&&=&"),
            (
                "page=2&password=x&q=a=b",
                "page=2&password=[redacted]&q=[redacted]",
            ),
            ("page=2;token=x", "page=2;token=[redacted]"),
            ("dXNlcjpwdw==", "[redacted]"),
            ("hunter2", "[redacted]"),
            ("c2VjcmV0LXJlc2V0LXRva2VuLTQ3MTE=", "[redacted]"),
            (
                "a=&QWxhZGRpbjpvcGVuIHNlc2FtZQ=;b",
                "a=&[redacted];[redacted]",
            ),
            (
                "filter[from-day]=&a+b=&a/b=",
                "filter[from-day]=&[redacted]&[redacted]",
            ),
            ("123456=&page2=", "[redacted]&page2="),
            ("a-page-with-a-long-name=", "a-page-with-a-long-name="),
            ("page", "page"),
            ("next=https://u:p@h/", "next=https://[redacted]@h/"),
            ("a=\u{e9}&\u{e9}=b", "a=[redacted]&\u{e9}=[redacted]"),
        ] {
            assert_eq!(query(&redaction, from), to);
        }
    }

    #[test]
    fn keys_are_shown_if_they_are_names() {
        for key in [
            "a",
            "b[]",
            "filter[name]",
            "filter%5Bname%5d",
            "filter[customer][address][city]",
            "utm_source",
            "X-Amz-Date",
            "user.name",
            "$filter",
            "oauth_signature_method",
            "address1",
            "sha256",
            "caf\u{e9}",
            "page-number-of-the-list",
            "filter[created_at][gte]",
            "filter%5Bcreated_at%5D%5Bgte%5D",
            "page2",
            "x-amz-content-sha256",
            "addr_line_1",
            "line_items[0][addresses][1]",
            "2fa",
            "[0][12]",
            "123",
        ] {
            let shown = format!("{key}=[redacted]");
            assert_eq!(query(&Redaction::default(), &format!("{key}=x")), shown);
            let text = format!("http://h/?a=x&{key}=x y");
            let shown = format!("http://h/?a=[redacted]&{shown} y");
            assert_eq!(scrub_text(&text), shown);
        }
        let long = "a".repeat(MAX_KEY + 1);
        for key in [
            "https://u:p@h/?a",
            "token:p",
            "token%3Dp",
            "token%3ap",
            "token%253Dp",
            "ghp_16C7e42F292c6912E771",
            "a b",
            "a/b",
            "a@b",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.SflKxwRJSMeKKF2QT4",
            "4111-1111-1111-1111",
            "4111111111111111",
            "a%",
            "a%5",
            "%5Bp%40",
            "d41d8cd98f00b204e9800998ecf8427e",
            "c2VjcmV0LXJlc2V0LXRva2VuLTQ3MTE",
            "123e4567-e89b-12d3-a456-426614174000",
            "123e4567%5Be89b%5D12d3",
            "dGhpc19pc-9hX3Rva2VuLQ",
            "dGhpcy1p-cy1hLXNl-Y3Jld",
            "session_id_47_11",
            "1234",
            "123456",
            "12-34",
            "\u{664}\u{665}\u{666}\u{667}",
            "a+b",
            "\"p\"",
            &long,
        ] {
            for (before, after) in [("", ""), ("a=1&", "&b=2"), ("a=1;", ";b=2")] {
                let shown = |part: &str| {
                    let after = after.replace('2', REDACTED);
                    format!("{}{part}{after}", before.replace('1', REDACTED))
                };
                let from = format!("{before}{key}=x{after}");
                assert_eq!(
                    query(&Redaction::default(), &from),
                    shown(REDACTED),
                    "{from}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn bare_base64_is_never_shown(
            token in "[A-Za-z0-9+/_-]{17,60}={0,2}", around in proptest::sample::select(&["", "&", "a=b&", "a=&"][..]),
        ) {
            let redacted = query(&Redaction::default(), &format!("{around}{token}"));
            prop_assert!(!redacted.contains(token.trim_end_matches('=')), "{}", redacted);
            prop_assert_eq!(query(&Redaction::default(), &redacted), redacted.clone());
        }

        #[test]
        fn no_value_is_ever_shown_by_default(
            keys in proptest::collection::vec("[a-z%\\[\\]]{0,8}", 1..6), text in ".{0,20}",
        ) {
            let parts: Vec<_> = keys.iter().map(|key| format!("{key}=PLANTED{text}")).collect();
            let redacted = query(&Redaction::default(), &parts.join("&"));
            prop_assert!(!redacted.contains("PLANTED"));
            prop_assert_eq!(query(&Redaction::default(), &redacted), redacted.clone());
        }
    }
}
