//! Secrets in free text, such as log messages and errors.
//!
//! A secret ends at an ASCII byte or at the end of the text, so text is never cut inside a character. The time is linear
//! in the length, since attackers can choose the text:
//!
//! * One pass visits the bytes that may begin or announce a secret, from left to right. It never returns to a position
//!   before a secret.
//! * Each of them is judged in a window of fixed size: [`MAX_NAME`] bytes of a name before it, and the prefixes, labels
//!   and digits after it.
//! * Unbounded runs are measured once. A run of equal bytes (blanks, slashes) is measured only by the byte before it. The
//!   ends of other runs are stored: visible characters around URLs, Base64, names of options.
//! * The end of a secret is searched only if there is certainly a secret. The pass continues after it, or ends.
//! * A second pass processes only URLs. The first pass may extend a URL, as it removes the blanks of a secret.

mod card;
mod path;
mod reach;
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
use crate::name::is_secret_name;
pub use path::scrub_path;
use reach::{find, run, run_back};
use userinfo::{Authority, Run};

/// Redacts the secrets in free text; returns the text itself if it finds none.
///
/// It detects secrets by their context or by their shape:
///
/// * values after a secret name (see [`is_secret_name`]): `password=…`, `"apiKey": "…"`, `<token>…</token>`, `--secret …`
/// * credentials after `Bearer` and `Basic`, and whole `Authorization` and `Cookie` lines
/// * user, password and all query values of URLs
/// * JSON web tokens, PEM private keys, payment card numbers, and tokens of well-known services (`ghp_…`, `AKIA…`, `sk-…`,
///   `xoxb-…` and more)
///
/// It does not detect a secret without such a context or shape. In the query of a target without scheme and host, as in
/// `GET /cb?code=…`, only values after secret names (`token=…`) are redacted, since it looks like ordinary text. Record
/// such a target as `Value::url` of `gomon-core`, or use
/// [`Redaction::write_query`](crate::policy::Redaction::write_query).
///
/// If the end of a secret is unclear, more is redacted rather than less: an unclosed quote or bracket extends to the end
/// of the text. The time is linear in the length.
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
    url_query::hide(pass(text))
}

/// Returns whether `text` consists of words too short for a secret, like most paths. This is the fast path.
fn is_harmless(text: &str) -> bool {
    let mut length = 0;
    text.bytes().all(|byte| {
        length = if byte == b'/' { 0 } else { length + 1 };
        length < MIN_SHAPE && kind_of(byte) & kind::HARMLESS != 0
    })
}

fn pass(text: &str) -> Cow<'_, str> {
    let mut scan = Scan::new(text);
    let mut edit = Edit::new(text);
    let mut at = 0;
    while let Some(next) = scan.next_candidate(at) {
        at = next + 1;
        let Some(secret) = scan.secret_at(next) else {
            continue;
        };
        at = secret.end;
        scan.secret_end = at;
        edit.redact(secret);
    }
    edit.finish().map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Classes of bytes, as bits.
mod kind {
    /// Continues a word.
    pub(super) const WORD: u8 = 1;
    /// May begin a secret at the beginning of a word; twice [`WORD`].
    pub(super) const START: u8 = 2;
    /// May announce a secret.
    pub(super) const SIGN: u8 = 4;
    /// May precede a sign: the end of a name, or a byte that may follow it.
    pub(super) const BEFORE_SIGN: u8 = 8;
    /// May be part of a short word that is not a secret.
    pub(super) const HARMLESS: u8 = 16;
}

const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut rest: &mut [u8] = &mut kinds;
    let mut byte = 0_u8;
    while let [kind, after @ ..] = rest {
        if byte.is_ascii_alphanumeric() {
            *kind |= kind::WORD;
        }
        if token::may_start_with(byte) || card::may_start_with(byte) {
            *kind |= kind::START;
        }
        if matches!(byte, b'=' | b':' | b'%' | b'-' | b'>') {
            *kind |= kind::SIGN;
        }
        if is_name_byte(byte) || is_blank(byte) || is_behind_name(byte) || byte == b'+' {
            *kind |= kind::BEFORE_SIGN;
        }
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_') {
            *kind |= kind::HARMLESS;
        }
        byte = byte.wrapping_add(1);
        rest = after;
    }
    kinds
};

/// Minimum length of a secret that is detected by its shape alone.
pub(crate) const MIN_SHAPE: usize = 12;

/// Maximum length of a secret name.
const MAX_NAME: usize = 80;

/// Minimum length of a secret name.
const MIN_NAME: usize = 2;

struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// The run of the last URL.
    run: Run,
    /// The end of the last secret, at which a word begins.
    secret_end: usize,
    /// The end of the last colon without a secret name before it.
    colon_end: usize,
    /// No JSON web token begins before this offset.
    no_jwt_before: usize,
    /// The end of the last option's name, and the offset before which no option begins.
    option_end: usize,
    no_option_before: usize,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            run: Run::default(),
            secret_end: 0,
            colon_end: 0,
            no_jwt_before: 0,
            option_end: 0,
            no_option_before: 0,
        }
    }

    #[inline]
    fn next_candidate(&self, at: usize) -> Option<usize> {
        let rest = self.bytes.get(at..)?;
        let mut previous = self.previous(at).map_or(0, kind_of);
        let is_candidate = |(skip, &byte): (usize, &u8)| {
            let kind = kind_of(byte);
            let wanted = kind::SIGN | kind::START & !(previous << 1);
            let before = std::mem::replace(&mut previous, kind);
            kind & wanted != 0
                && match byte {
                    b'%' => matches!(rest.get(skip + 1..), Some([b'3', ..] | [b'2', b'5', ..])),
                    b'-' => rest.get(skip + 1) == Some(&b'-'),
                    b'=' | b'>' => before & kind::BEFORE_SIGN != 0,
                    _ => true,
                }
        };
        let skip = rest.iter().enumerate().position(is_candidate);
        reach::count(skip.unwrap_or(rest.len()) + 1);
        Some(at + skip?)
    }

    fn previous(&self, at: usize) -> Option<u8> {
        let before = at.checked_sub(1).filter(|_| at != self.secret_end)?;
        self.bytes.get(before).copied()
    }

    /// Returns the secret that begins at `at`, or that the byte at `at` announces.
    fn secret_at(&mut self, at: usize) -> Option<Range<usize>> {
        match *self.bytes.get(at)? {
            b'=' | b':' | b'%' => self.announced(at),
            b'-' => self.dashes(at),
            b'>' => self.element(at),
            b'0'..=b'9' if self.previous(at) == Some(b'.') => None,
            b'0'..=b'9' => card::end(self.bytes.get(at..)?).map(|length| at..at + length),
            first => self.token(at, first),
        }
    }

    fn token(&mut self, at: usize, first: u8) -> Option<Range<usize>> {
        let rest = self.bytes.get(at..)?;
        match first {
            b'b' | b'B' => {
                let length = token::credential_offset(rest)?;
                return value::unquoted(self.bytes, at + length);
            }
            b'e' if at >= self.no_jwt_before && rest.starts_with(b"eyJ") => {
                match token::jwt(rest) {
                    Ok(length) => return Some(at..at + length),
                    Err(length) => self.no_jwt_before = at + length,
                }
            }
            _ => {}
        }
        token::well_known(rest).map(|length| at..at + length)
    }

    /// Returns the text before a sign, after the last secret.
    fn before(&self, at: usize) -> &'a [u8] {
        let from = self.secret_end.max(at.saturating_sub(MAX_NAME));
        self.bytes.get(from..at).unwrap_or_default()
    }

    /// Returns the secret of `name=value` or `name: value`, or of a URL with this colon.
    fn announced(&mut self, at: usize) -> Option<Range<usize>> {
        let rest = self.bytes.get(at..)?;
        let (sign, length) = sign::first(rest)?;
        if !matches!(sign, b'=' | b':') {
            return None;
        }
        let name = name_before(self.before(at));
        // A path such as `auth::login` is not a pair.
        if rest.starts_with(b"::") || !is_secret(name) {
            // A colon without a secret name may be part of a URL.
            return (sign == b':').then(|| self.userinfo(at, length))?;
        }
        let length = match rest {
            [b':' | b'=', b'=' | b'>', ..] => 2,
            _ => length,
        };
        let from = value::skip_blanks(self.bytes, at + length);
        if takes_the_line(name) {
            value::line(self.bytes, from)
        } else {
            value::any(self.bytes, from)
        }
    }

    /// Returns the user and password of a URL whose scheme or user ends at this colon of `length` bytes.
    fn userinfo(&mut self, at: usize, length: usize) -> Option<Range<usize>> {
        // A user contains no colon, so each byte is visited for one colon only.
        let limit = self.secret_end.max(self.colon_end);
        self.colon_end = at + length;
        let behind = Authority::behind(self.bytes, at, length);
        if let Some(authority) = &behind {
            // The slashes of a scheme begin one authority.
            self.colon_end = authority.from;
        }
        let authority = behind.or_else(|| Authority::around(self.bytes, limit, at))?;
        self.run.userinfo(self.text, &authority)
    }

    /// Returns the secret of `--name value`, or a private key.
    fn dashes(&mut self, at: usize) -> Option<Range<usize>> {
        let previous = self.previous(at);
        let rest = self.text.get(at..)?;
        if let Some(length) = token::private_key(rest) {
            return Some(at..at + length);
        }
        let from = at + 2;
        if previous.is_some_and(|byte| byte == b'-' || byte.is_ascii_alphanumeric())
            || from < self.no_option_before
        {
            return None;
        }
        if from >= self.option_end {
            self.option_end = from + run(self.bytes.get(from..)?, is_name_byte);
        }
        let name = self.bytes.get(from..self.option_end)?;
        if name.len() > MAX_NAME {
            return None;
        }
        // The last words of a name decide, so the end of a name is not secret if the whole is not.
        self.no_option_before = self.option_end;
        (self.bytes.get(self.option_end) == Some(&b' ') && is_secret(name)).then_some(())?;
        value::any(self.bytes, value::skip_blanks(self.bytes, self.option_end))
    }

    /// Returns the secret content of an XML element whose opening tag ends at `at`.
    fn element(&self, at: usize) -> Option<Range<usize>> {
        let before = self.before(at);
        let name = name_before(before);
        let tag = before.get(..before.len().checked_sub(name.len())?)?;
        (matches!(tag, [.., b'<' | b':']) && is_secret(name)).then_some(())?;
        let content = self.text.get(at + 1..)?;
        Some(at + 1..at + 1 + find(content, "</").unwrap_or(content.len()))
    }
}

#[inline]
fn kind_of(byte: u8) -> u8 {
    KINDS.get(usize::from(byte)).copied().unwrap_or_default()
}

fn is_secret(name: &[u8]) -> bool {
    reach::count(name.len());
    name.len() >= MIN_NAME && is_secret_name(name)
}

/// Returns the name before a separator, without the quotes, brackets and blanks between them.
fn name_before(text: &[u8]) -> &[u8] {
    let text = run_back(text, is_blank).0;
    let text = run_back(text, is_behind_name).0;
    match run_back(text, is_name_byte) {
        // The name after a sign and its two digits, as in `%26token`.
        ([.., b'%'], [_, _, name @ ..]) => name,
        (_, name) => name,
    }
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Returns whether a byte may stand between a name and its separator.
const fn is_behind_name(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']')
}

const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Returns whether the value has several words: credentials with their scheme, or a list of cookies.
fn takes_the_line(name: &[u8]) -> bool {
    let ends_with = |end: &[u8]| {
        name.len()
            .checked_sub(end.len())
            .and_then(|from| name.get(from..))
            .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    ends_with(b"authorization") || ends_with(b"cookie")
}

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
