//! Secrets in free text, such as log messages and errors.
//!
//! A secret ends at an ASCII byte or at the end of the text, so text is never cut inside a character. The time is linear
//! in the length, since attackers can choose the text:
//!
//! * One pass visits the bytes that may begin or announce a secret, from left to right. It never returns to a position
//!   before a secret.
//! * Each of them is judged in a window of fixed size: [`scan::MAX_NAME`] bytes of a name before it, and the prefixes, labels
//!   and digits after it.
//! * Unbounded runs are measured once. A run of equal bytes (blanks, slashes) is measured only by the byte before it. The
//!   ends of other runs are stored: visible characters around URLs, Base64, names of options.
//! * The end of a secret is searched only if there is certainly a secret. The pass continues after it, or ends.
//! * A second pass processes only URLs. The first pass may extend a URL, as it removes the blanks of a secret.

mod candidate;
mod card;
mod harmless;
mod name;
mod path;
mod plain;
mod reach;
mod scan;
mod shape;
pub(crate) mod sign;
#[cfg(test)]
mod tests;
mod token;
mod url_query;
mod userinfo;
mod value;

use std::borrow::Cow;
use std::ops::Range;

use crate::edit::Edit;
use harmless::is_harmless;
pub use path::scrub_path;
pub use plain::is_plain;
use scan::Scan;

/// Redacts the secrets in free text; returns the text itself if it finds none.
///
/// It detects secrets by their context or by their shape:
///
/// * values after a secret name (see [`is_secret_name`](crate::is_secret_name)): `password=…`, `"apiKey": "…"`,
///   `<token>…</token>`, `--secret …`, `password[0]=…`, `api key: …`, `Password("…")`, `password\u003d…`
/// * credentials after `Bearer` and `Basic`, and whole `Authorization` and `Cookie` lines
/// * user, password, all query values and the fragment of URLs, and the password of `user:…@tcp(host)` and the like
/// * JSON web tokens, PEM blocks, payment card numbers, and tokens of well-known services (`ghp_…`, `AKIA…`, `sk-…`,
///   `xoxb-…` and many more)
///
/// It does not detect a secret without such a context or shape. In the query of a target without scheme and host, as in
/// `GET /cb?code=…`, only values after secret names (`token=…`) are redacted, since it looks like ordinary text. Record
/// such a target as `Value::url` of `gomon-core`, or use
/// [`Redaction::write_query`](crate::policy::Redaction::write_query).
///
/// If the end of a secret is unclear, more is redacted rather than less: an unclosed quote or bracket extends to the end
/// of the text. A second call may redact more, and never shows more. The time is linear in the length.
///
/// # Examples
/// ```
/// use gomon_redact::scrub_text;
///
/// assert_eq!(scrub_text("login failed, password=hunter2"), "login failed, password=[redacted]");
/// assert_eq!(scrub_text("GET https://me:pw@example.org/"), "GET https://[redacted]@example.org/");
/// assert_eq!(scrub_text("https://example.org/?code=1 refused"), "https://example.org/?code=[redacted] refused");
/// assert_eq!(scrub_text("GET /cb?code=1&access_token=2"), "GET /cb?code=1&access_token=[redacted]");
/// assert_eq!(scrub_text("nothing to hide"), "nothing to hide");
/// ```
#[must_use]
pub fn scrub_text(text: &str) -> Cow<'_, str> {
    if is_harmless(text) {
        return Cow::Borrowed(text);
    }
    search(text)
}

/// Searches a text for secrets. Its frame is large, so the fast path does not share it.
#[inline(never)]
fn search(text: &str) -> Cow<'_, str> {
    let mut scan = Scan::new(text);
    match scan.next() {
        None if !scan.has_url() => Cow::Borrowed(text),
        first => hide(text, first.into_iter().chain(scan)),
    }
}

/// Replaces secrets, and the queries of URLs.
#[inline(never)]
fn hide(text: &str, secrets: impl Iterator<Item = Range<usize>>) -> Cow<'_, str> {
    let mut edit = Edit::new(text);
    for secret in secrets {
        edit.redact(secret);
    }
    url_query::hide(edit.finish().map_or(Cow::Borrowed(text), Cow::Owned))
}

/// Minimum length of a secret that is detected by its shape alone.
pub(crate) const MIN_SHAPE: usize = 12;

/// Returns the longest prefix of `text` that has at most `limit` bytes and ends at a character boundary.
#[inline]
#[must_use]
pub fn floor_char(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while end > 0 && !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
