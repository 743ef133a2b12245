//! The pass that searches a text for secrets.

use std::ops::Range;

use super::name::{is_name_byte, is_secret, last_name, secret_before};
use super::reach::{find, run, run_back};
use super::userinfo::{Authority, Run};
use super::{candidate, card, shape, sign, token, value};

/// Maximum length of a secret name.
pub(super) const MAX_NAME: usize = 80;

/// Maximum number of types around a quoted value, as in `Password(Some("…"))`.
const MAX_TYPES: usize = 3;

/// Search for the secrets of a text, from left to right.
pub(super) struct Scan<'a> {
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
    /// The next offset to search.
    at: usize,
    has_url: bool,
    /// The offset of the next `</`, once it was searched.
    next_close: usize,
}

impl Iterator for Scan<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            let at = candidate::next(self.bytes, self.at, self.secret_end)?;
            self.at = at + 1;
            if let Some(secret) = self.secret_at(at) {
                self.at = secret.end;
                self.secret_end = secret.end;
                return Some(secret);
            }
        }
    }
}

impl<'a> Scan<'a> {
    /// Returns whether the text before the next secret certainly has a URL.
    pub(super) const fn has_url(&self) -> bool {
        self.has_url
    }

    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            run: Run::default(),
            secret_end: 0,
            colon_end: 0,
            no_jwt_before: 0,
            option_end: 0,
            no_option_before: 0,
            at: 0,
            has_url: false,
            next_close: 0,
        }
    }

    fn previous(&self, at: usize) -> Option<u8> {
        let before = at.checked_sub(1).filter(|_| at != self.secret_end)?;
        self.bytes.get(before).copied()
    }

    /// Returns the secret that begins at `at`, or that the byte at `at` announces.
    fn secret_at(&mut self, at: usize) -> Option<Range<usize>> {
        match *self.bytes.get(at)? {
            b'=' | b':' => self.announced(at),
            b'%' => self.announced(at).or_else(|| self.token(at + 3)),
            b'\\' => self.announced(at).or_else(|| self.token(at + 2)),
            b'-' => self.dashes(at),
            b'>' => self.element(at),
            b'(' => self.argument(at),
            b'~' => {
                let rest = token::azure(self.before(at), self.bytes.get(at + 1..)?)?;
                Some(at.checked_sub(5)?..at + 1 + rest)
            }
            _ => self.token(at),
        }
    }

    /// Returns the token or card number at `at`.
    fn token(&mut self, at: usize) -> Option<Range<usize>> {
        let rest = self.bytes.get(at..)?;
        if let [b'b' | b'B', ..] = rest
            && let Some(length) = token::credential_offset(rest)
        {
            return value::unquoted(self.bytes, at + length);
        }
        let length = match rest.first()? {
            b'0'..=b'9' if self.previous(at) == Some(b'.') => None,
            b'0'..=b'9' => card::end(rest),
            b'e' if at >= self.no_jwt_before && rest.starts_with(b"eyJ") => {
                match token::jwt(rest) {
                    Ok(length) => Some(length),
                    Err(length) => {
                        self.no_jwt_before = at + length;
                        None
                    }
                }
            }
            b'M' | b'N' | b'O' | b'S' | b'p' => token::special(rest),
            b'P' => token::putty(self.text.get(at..)?),
            _ => None,
        };
        let length = length.or_else(|| shape::length(rest))?;
        Some(at..at + length)
    }

    /// Returns the text before a sign, after the last secret.
    fn before(&self, at: usize) -> &'a [u8] {
        let from = self.secret_end.max(at.saturating_sub(MAX_NAME));
        self.bytes.get(from..at).unwrap_or_default()
    }

    /// Returns the secret of `name=value` or `name: value`, or of a URL with this colon.
    fn announced(&mut self, at: usize) -> Option<Range<usize>> {
        let rest = self.bytes.get(at..)?;
        let (sign, length) = escaped_sign(rest).or_else(|| sign::first(rest))?;
        if !matches!(sign, b'=' | b':') {
            return None;
        }
        // A path such as `auth::login` is not a pair.
        let name = (!rest.starts_with(b"::")).then(|| secret_before(self.before(at)));
        let Some(name) = name.flatten() else {
            // A colon without a secret name may be part of a URL.
            return (sign == b':').then(|| self.login(at, length))?;
        };
        let length = match rest {
            [b':' | b'=', b'=' | b'>', ..] => 2,
            _ => length,
        };
        let from = value::skip_blanks(self.bytes, at + length);
        if takes_the_line(name) {
            value::line(self.bytes, from)
        } else {
            value::any(self.bytes, from).filter(|value| !value::is_null(self.bytes, value))
        }
    }

    /// Returns user and password around or behind this colon of `length` bytes.
    fn login(&mut self, at: usize, length: usize) -> Option<Range<usize>> {
        let from = at + length;
        if let Some(length) = token::telegram(self.before(at), self.bytes.get(from..)?) {
            return Some(from..from + length);
        }
        let login = self.userinfo(at, length);
        let is_url = self.colon_end > from;
        if login.is_some() || is_url || length > 1 {
            return login;
        }
        self.run.password(self.text, at)
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
            self.has_url |= authority.is_certain;
        }
        let authority = behind.or_else(|| Authority::around(self.bytes, limit, at))?;
        self.run.userinfo(self.text, &authority)
    }

    /// Returns the secret of `--name value`, or a private key.
    fn dashes(&mut self, at: usize) -> Option<Range<usize>> {
        let previous = self.previous(at);
        let rest = self.text.get(at..)?;
        if let Some(length) = token::pem(rest) {
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
    fn element(&mut self, at: usize) -> Option<Range<usize>> {
        let (outside, tag) = run_back(self.before(at), |byte| !matches!(byte, b'<' | b'>'));
        let outside = outside.strip_suffix(b"<")?;
        let name = tag.get(..run(tag, |byte| is_name_byte(byte) || byte == b':'))?;
        let is_named = is_secret(name.rsplit(|&byte| byte == b':').next()?);
        if !is_named || tag.ends_with(b"/") {
            return None;
        }
        // Behind a word, it may be a generic type, such as `Vec<Token>`, which has no end.
        let is_behind_word = outside.last().is_some_and(|&byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b']')
        });
        let end = self.element_end(at + 1);
        (end.is_some() || !is_behind_word).then(|| at + 1..end.unwrap_or(self.text.len()))
    }

    /// Returns the offset of the next `</`. The search is not repeated for the same text.
    fn element_end(&mut self, from: usize) -> Option<usize> {
        if self.next_close < from {
            let end = self
                .text
                .get(from..)
                .and_then(|content| find(content, "</"));
            self.next_close = end.map_or(usize::MAX, |end| from + end);
        }
        Some(self.next_close).filter(|&end| end < self.text.len())
    }

    /// Returns the quoted secret in the parentheses at `at`, as in `Password("…")` or `Token(Some("…"))`.
    fn argument(&self, at: usize) -> Option<Range<usize>> {
        let mut before = self.before(at);
        for _ in 0..MAX_TYPES {
            let (outer, name) = last_name(before);
            // A type, not a function such as `contains_key`.
            if name.first().is_some_and(u8::is_ascii_uppercase) && is_secret(name) {
                return value::quoted(self.bytes, at + 1);
            }
            before = outer.strip_suffix(b"(")?;
        }
        None
    }
}

/// Returns the sign that is escaped as in JSON, and its length: `\u003d`.
fn escaped_sign(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'\\', b'u', b'0', b'0', b'3', b'd' | b'D', ..] => Some((b'=', 6)),
        [b'\\', b'u', b'0', b'0', b'3', b'a' | b'A', ..] => Some((b':', 6)),
        _ => None,
    }
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
