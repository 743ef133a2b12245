//! Secrets in free text: log messages, errors, whatever somebody printed.
//!
//! A pass over the bytes looks only at those that may begin or announce a secret, and each
//! byte is looked at a bounded number of times, since attackers write log messages too. What ends
//! a secret is always an ASCII byte or the end, so text is never cut inside a character.

mod card;
#[cfg(test)]
mod tests;
mod token;
mod url_query;
mod value;

use std::borrow::Cow;
use std::ops::Range;

use crate::name::is_secret_name;
use crate::policy::REDACTED;
use crate::url::{has_good_port, is_scheme_byte, split_authority};

/// Takes the secrets out of free text; gives the text itself where it finds none.
///
/// It knows them by what announces them, or by their shape:
/// `password=…`, `"apiKey": "…"`, `<token>…</token>`, `--secret …` by every name that
/// [`is_secret_name`] knows; `Bearer …` and `Basic …`; whole `Authorization` and `Cookie` lines;
/// user, password and all values in the query of URLs; JSON web tokens; private keys in PEM; the tokens of well-known
/// services (`ghp_…`, `AKIA…`, `sk-…`, `xoxb-…` and more); and numbers of payment cards.
/// A secret that nothing announces and that looks like any other word is not found. That goes for the query of a target
/// without scheme and host, as in `GET /cb?code=…`, too: nothing tells it from a question, so values go from it only where
/// their key is named like a secret (`token=…`). Set such a target as `Value::url` of `gomon-core` or through
/// [`Redaction::write_query`](crate::policy::Redaction::write_query).
///
/// Where it is unclear where a secret ends, too much is taken rather than too little: an unclosed
/// quote or bracket takes the rest of the text. The time it needs grows with the length alone.
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
    let mut clean = pass(text);
    // Without a secret's blanks, what stood apart on both sides of it may belong together.
    for _ in 1..MOST_PASSES {
        let Cow::Owned(changed) = &clean else {
            break;
        };
        let Cow::Owned(again) = pass(changed) else {
            break;
        };
        clean = Cow::Owned(again);
    }
    url_query::hide(clean)
}

/// Whether all of `text` is short words, in which no secret is known, as it is with most paths.
fn is_harmless(text: &str) -> bool {
    let mut run = 0;
    text.bytes().all(|byte| {
        run = if byte == b'/' { 0 } else { run + 1 };
        run < SHORTEST_SECRET
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

/// What a byte may begin (the first two) or announce (the rest).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    None,
    Token,
    Digit,
    Separator,
    Dash,
    TagEnd,
}

const SIGNS: [Sign; 256] = {
    let mut signs = [Sign::None; 256];
    let mut rest: &mut [Sign] = &mut signs;
    let mut byte = 0_u8;
    while let [sign, after @ ..] = rest {
        *sign = match byte {
            b'0'..=b'9' => Sign::Digit,
            b'=' | b':' | b'%' => Sign::Separator,
            b'-' => Sign::Dash,
            b'>' => Sign::TagEnd,
            first if token::may_start_with(first) => Sign::Token,
            _ => Sign::None,
        };
        byte = byte.wrapping_add(1);
        rest = after;
    }
    signs
};

const MOST_PASSES: usize = 4;

/// Nothing shorter is known as a secret by its shape alone.
const SHORTEST_SECRET: usize = 12;

/// How far back the name before a separator is looked for.
const LONGEST_NAME: usize = 80;

struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// The end of the run of visible characters that the last URL stands in.
    run_end: usize,
    /// The last `@` of that run.
    last_at: Option<usize>,
    /// The end of the last secret; what follows it begins a word.
    secret_end: usize,
    /// Up to here no JSON web token begins.
    no_jwt_before: usize,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            run_end: 0,
            last_at: None,
            secret_end: 0,
            no_jwt_before: 0,
        }
    }

    fn next_candidate(&self, at: usize) -> Option<usize> {
        let rest = self.bytes.get(at..)?;
        let mut in_word = self
            .previous(at)
            .is_some_and(|byte| byte.is_ascii_alphanumeric());
        let candidate = |&byte: &u8| {
            let starts_word = !in_word;
            in_word = byte.is_ascii_alphanumeric();
            sign(byte) != Sign::None && (starts_word || !in_word)
        };
        rest.iter().position(candidate).map(|skip| at + skip)
    }

    fn previous(&self, at: usize) -> Option<u8> {
        let before = at.checked_sub(1).filter(|_| at != self.secret_end)?;
        self.bytes.get(before).copied()
    }

    /// Gives the secret that begins at `at`, or that the byte there announces.
    fn secret_at(&mut self, at: usize) -> Option<Range<usize>> {
        let previous = self.previous(at);
        let starts_word = !previous.is_some_and(|byte| byte.is_ascii_alphanumeric());
        match sign(*self.bytes.get(at)?) {
            Sign::Token if starts_word => self.token(at),
            Sign::Digit if starts_word && previous != Some(b'.') => {
                card::end(self.bytes.get(at..)?).map(|length| at..at + length)
            }
            Sign::Separator => self.announced(at, previous),
            Sign::Dash => self.dashes(at, starts_word && previous != Some(b'-')),
            Sign::TagEnd => self.element(at),
            _ => None,
        }
    }

    fn token(&mut self, at: usize) -> Option<Range<usize>> {
        let rest = self.bytes.get(at..)?;
        if let Some(length) = token::credential_offset(rest) {
            return value::unquoted(self.bytes, at + length);
        }
        if at >= self.no_jwt_before && rest.starts_with(b"eyJ") {
            match token::jwt(rest) {
                Ok(length) => return Some(at..at + length),
                Err(length) => self.no_jwt_before = at + length,
            }
        }
        token::well_known(rest).map(|length| at..at + length)
    }

    /// Looks at `name=value`, `name: value` and the URL that a colon may be part of.
    fn announced(&mut self, at: usize, previous: Option<u8>) -> Option<Range<usize>> {
        let rest = self.bytes.get(at..)?;
        let length = match rest {
            [b':', b'/' | b'\\', ..] if previous.is_some_and(is_scheme_byte) => {
                let from = authority_offset(rest).map(|length| at + length);
                if let Some(userinfo) = from.and_then(|from| self.userinfo(from)) {
                    return Some(userinfo);
                }
                1
            }
            // A path such as `auth::login` is no pair.
            [b':', b':', ..] => return None,
            [b':', ..] if previous == Some(b':') => return None,
            [b'%', b'3', b'd' | b'D' | b'a' | b'A', ..] => 3,
            [b'%', ..] => return None,
            [b':' | b'=', b'=' | b'>', ..] => 2,
            _ => 1,
        };
        let name = name_before(self.bytes.get(..at)?);
        if !is_secret_name(name) {
            return None;
        }
        let from = value::skip_blanks(self.bytes, at + length);
        if takes_the_line(name) {
            value::line(self.bytes, from)
        } else {
            value::any(self.bytes, from)
        }
    }

    /// Gives user and password of the URL whose authority begins at `from`.
    fn userinfo(&mut self, from: usize) -> Option<Range<usize>> {
        if from >= self.run_end {
            let rest = self.text.get(from..)?;
            let ends_run = |c: char| c.is_ascii_whitespace() || matches!(c, '"' | '<' | '>' | '`');
            let run = rest.split(ends_run).next()?;
            self.run_end = from + run.len();
            self.last_at = run.rfind('@').map(|at| from + at);
        }
        let run = self.text.get(from..self.run_end)?;
        let (authority, tail) = split_authority(run);
        let bare = authority.trim_end_matches('\\');
        let trimmed = match tail.strip_prefix('/') {
            // Punctuation of the sentence.
            _ if tail.is_empty() => {
                authority.trim_end_matches(|c: char| c.is_ascii_punctuation() && c != ']')
            }
            // The scheme of the next URL of a list.
            Some(rest) if rest.trim_start_matches('\\').starts_with('/') => {
                bare.trim_end_matches(':')
            }
            _ => bare,
        };
        if !authority.contains('@') && trimmed.split([',', ';']).all(has_good_port) {
            return None;
        }
        let end = self
            .last_at
            .filter(|&at| at >= from)
            .unwrap_or(from + authority.len());
        Some(from..end)
    }

    /// Looks at `--name value` and at private keys.
    fn dashes(&self, at: usize, starts_option: bool) -> Option<Range<usize>> {
        let rest = self.bytes.get(at..)?;
        if let Some(length) = token::private_key(rest) {
            return Some(at..at + length);
        }
        let option = rest.strip_prefix(b"--").filter(|_| starts_option)?;
        let option = option.get(..LONGEST_NAME).unwrap_or(option);
        let length = option.iter().position(|&byte| !is_name_byte(byte))?;
        let (name, after) = option.split_at_checked(length)?;
        (after.first() == Some(&b' ') && is_secret_name(name)).then_some(())?;
        value::any(self.bytes, value::skip_blanks(self.bytes, at + 2 + length))
    }

    /// Looks at the content of an XML element whose opening tag ends at `at`.
    fn element(&self, at: usize) -> Option<Range<usize>> {
        let before = self.bytes.get(..at)?;
        let name = name_before(before);
        let tag = before.get(..before.len().checked_sub(name.len())?)?;
        (matches!(tag, [.., b'<' | b':']) && is_secret_name(name)).then_some(())?;
        let content = self.text.get(at + 1..)?;
        Some(at + 1..at + 1 + content.find("</").unwrap_or(content.len()))
    }
}

/// The length of the `://` that text behind a scheme begins with, if it does; JSON may have it as `:\/\/`.
fn authority_offset(text: &[u8]) -> Option<usize> {
    let slash = |text: &[u8]| {
        let skip = text.iter().position(|&byte| byte != b'\\')?;
        (text.get(skip) == Some(&b'/')).then_some(skip + 1)
    };
    let first = 1 + slash(text.strip_prefix(b":")?)?;
    Some(first + slash(text.get(first..)?)?)
}

#[inline]
fn sign(byte: u8) -> Sign {
    SIGNS.get(usize::from(byte)).copied().unwrap_or(Sign::None)
}

/// Gives the name that ends before a separator, without quotes, brackets and blanks between them.
fn name_before(text: &[u8]) -> &[u8] {
    let mut text = text
        .get(text.len().saturating_sub(LONGEST_NAME)..)
        .unwrap_or_default();
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    while let [rest @ .., b'"' | b'\'' | b'`' | b'\\' | b']'] = text {
        text = rest;
    }
    let start = text.iter().rposition(|&byte| !is_name_byte(byte));
    let name = start
        .and_then(|start| text.get(start + 1..))
        .unwrap_or(text);
    match (start.and_then(|start| text.get(start)), name) {
        // What follows the sign and its two digits, as in `%26token`.
        (Some(b'%'), [_, _, name @ ..]) => name,
        _ => name,
    }
}

fn is_name_byte(byte: u8) -> bool {
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
