//! Secrets in free text: log messages, errors, whatever somebody printed.
//!
//! What ends a secret is always an ASCII byte or the end, so text is never cut inside a character. The time grows with
//! the length alone, since attackers write log messages too:
//!
//! * One pass goes from left to right over the bytes that may begin or announce a secret, and never back behind one.
//! * Whether such a byte does is decided in a window of fixed size: [`MAX_NAME`] bytes of a name before it, and the
//!   prefixes, labels and digits behind it.
//! * What has no such bound is a run of equal bytes (blanks, slashes), which only the byte before it measures, or has
//!   its end kept, so that it is measured once: the visible characters around URLs, Base64, names of options.
//! * Where a secret ends is looked for when it is certain that there is one. The pass goes on behind it, or ends.
//! * A second pass sees URLs alone, whose extent the first one changes where it takes blanks out of a secret.

mod card;
mod path;
mod query;
mod reach;
mod sign;
mod token;
mod userinfo;
mod value;

use std::borrow::Cow;
use std::ops::Range;

use crate::redaction::{REDACTED, is_secret_name};
pub(crate) use path::scrub_path;
use reach::{find, run, run_back};
use userinfo::{Authority, Run};

/// Takes the secrets out of free text; gives the text itself where it finds none.
///
/// It knows them by what announces them, or by their shape:
/// `password=…`, `"apiKey": "…"`, `<token>…</token>`, `--secret …` by every name that
/// [`is_secret_name`] knows; `Bearer …` and `Basic …`; whole `Authorization` and `Cookie` lines;
/// user, password and all values in the query of URLs; JSON web tokens; private keys in PEM; the tokens of well-known
/// services (`ghp_…`, `AKIA…`, `sk-…`, `xoxb-…` and more); and numbers of payment cards.
/// A secret that nothing announces and that looks like any other word is not found. That goes for the query of a target
/// without scheme and host, as in `GET /cb?code=…`, too: nothing tells it from a question, so values go from it only where
/// their key is named like a secret (`token=…`). Set such a target as [`Value::url`](crate::Value::url) or through
/// [`Redaction::write_query`](crate::Redaction::write_query).
///
/// Where it is unclear where a secret ends, too much is taken rather than too little: an unclosed
/// quote or bracket takes the rest of the text. The time it needs grows with the length alone.
///
/// # Examples
/// ```
/// use gomon_core::scrub_text;
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
    query::hide(pass(text))
}

/// Whether all of `text` is short words, in which no secret is known, as it is with most paths.
fn is_harmless(text: &str) -> bool {
    let mut length = 0;
    text.bytes().all(|byte| {
        length = if byte == b'/' { 0 } else { length + 1 };
        length < MIN_SHAPE
            && matches!(byte, b'/' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z')
    })
}

fn pass(text: &str) -> Cow<'_, str> {
    let mut scan = Scan::new(text);
    let mut clean = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(next) = scan.next_candidate(at) {
        at = next + 1;
        let Some(secret) = scan.secret_at(next) else {
            continue;
        };
        at = secret.end;
        scan.secret_end = at;
        let (Some(before), Some(found)) =
            (text.get(copied..secret.start), text.get(secret.clone()))
        else {
            continue;
        };
        if !found.is_empty() && found != REDACTED {
            clean.push_str(before);
            clean.push_str(REDACTED);
            copied = secret.end;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    clean.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(clean)
}

/// What a byte may be, as bits.
mod kind {
    /// Goes on with a word.
    pub(super) const WORD: u8 = 1;
    /// Begins a secret where it begins a word; twice [`WORD`].
    pub(super) const START: u8 = 2;
    /// Announces a secret.
    pub(super) const SIGN: u8 = 4;
    /// Stands before a sign that announces something: the end of a name, or what may follow it.
    pub(super) const BEFORE_SIGN: u8 = 8;
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
        byte = byte.wrapping_add(1);
        rest = after;
    }
    kinds
};

/// Nothing shorter is known as a secret by its shape alone.
pub(crate) const MIN_SHAPE: usize = 12;

/// The maximum length of a name that announces a secret.
const MAX_NAME: usize = 80;

/// Nothing shorter is the name of a secret.
const MIN_NAME: usize = 2;

struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// The run that the last URL stands in.
    run: Run,
    /// The end of the last secret; what follows it begins a word.
    secret_end: usize,
    /// The end of the last colon that no name of a secret stands before.
    colon_end: usize,
    /// Up to here no JSON web token begins.
    no_jwt_before: usize,
    /// The end of the name of the last option, and up to where no option begins.
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

    /// Gives the secret that begins at `at`, or that the byte there announces.
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

    /// Gives what stands before a sign, from the last secret on.
    fn before(&self, at: usize) -> &'a [u8] {
        let from = self.secret_end.max(at.saturating_sub(MAX_NAME));
        self.bytes.get(from..at).unwrap_or_default()
    }

    /// Looks at `name=value`, `name: value` and the URL that a colon may be part of.
    fn announced(&mut self, at: usize) -> Option<Range<usize>> {
        let rest = self.bytes.get(at..)?;
        let (sign, length) = sign::first(rest)?;
        if !matches!(sign, b'=' | b':') {
            return None;
        }
        let name = name_before(self.before(at));
        // A path such as `auth::login` is no pair.
        if rest.starts_with(b"::") || !is_secret(name) {
            // What no name announces may be part of a URL.
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

    /// Looks at the URL whose scheme or user ends at this colon of `length` bytes.
    fn userinfo(&mut self, at: usize, length: usize) -> Option<Range<usize>> {
        // A user has no colon, so each byte is looked at for one colon only.
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

    /// Looks at `--name value` and at private keys.
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
        // The words that end a name decide, so what is no secret as a whole is none in part.
        self.no_option_before = self.option_end;
        (self.bytes.get(self.option_end) == Some(&b' ') && is_secret(name)).then_some(())?;
        value::any(self.bytes, value::skip_blanks(self.bytes, self.option_end))
    }

    /// Looks at the content of an XML element whose opening tag ends at `at`.
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

/// Gives the name at the end of what stands before a separator, without quotes, brackets and blanks between them.
fn name_before(text: &[u8]) -> &[u8] {
    let text = run_back(text, is_blank).0;
    let text = run_back(text, is_behind_name).0;
    match run_back(text, is_name_byte) {
        // What follows the sign and its two digits, as in `%26token`.
        ([.., b'%'], [_, _, name @ ..]) => name,
        (_, name) => name,
    }
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Whether it may stand between a name and its separator.
const fn is_behind_name(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']')
}

const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Tells whether the value is of several words: credentials with their scheme, a list of cookies.
fn takes_the_line(name: &[u8]) -> bool {
    let ends_with = |end: &[u8]| {
        name.len()
            .checked_sub(end.len())
            .and_then(|from| name.get(from..))
            .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    ends_with(b"authorization") || ends_with(b"cookie")
}

#[cfg(test)]
mod tests;
