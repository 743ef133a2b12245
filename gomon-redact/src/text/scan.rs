//! The pass that searches a text for secrets.

use std::ops::Range;

use super::name::{is_behind_name, is_blank, is_name_byte, is_secret, last_name, secret_before};
use super::reach::{self, find, run, run_back};
use super::userinfo::{Authority, Run};
use super::{card, shape, sign, token, value};

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
}

const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut rest: &mut [u8] = &mut kinds;
    let mut byte = 0_u8;
    while let [kind, after @ ..] = rest {
        if byte.is_ascii_alphanumeric() {
            *kind |= kind::WORD;
        }
        // Numbers of cards, and tokens of Discord, which have no prefix.
        if card::may_start_with(byte) || matches!(byte, b'M' | b'N' | b'O') {
            *kind |= kind::START;
        }
        if matches!(byte, b'=' | b':' | b'%' | b'-' | b'>' | b'(' | b'\\' | b'~') {
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

/// Number of slots of [`STARTS`], as a power of two.
const SLOT_BITS: u32 = 12;

/// Returns the slot of the three lowest bytes of a word.
#[inline(always)]
const fn slot(word: u32) -> usize {
    ((word << 8).wrapping_mul(0x9e37_79b1) >> (32 - SLOT_BITS)) as usize
}

/// Whether a token, or the scheme of a credential, may begin with the three bytes of a slot. About one in twenty slots is
/// occupied.
const STARTS: [bool; 1 << SLOT_BITS] = {
    let mut starts = [false; 1 << SLOT_BITS];
    let mut index = 0;
    while let Some([a, b, c]) = shape::start(index) {
        if c == 0 {
            let mut digit = 0;
            while digit < 128 {
                if (digit as u8).is_ascii_hexdigit() {
                    add(&mut starts, [a, b, digit as u8]);
                }
                digit += 1;
            }
        }
        add(&mut starts, [a, b, c]);
        index += 1;
    }
    add(&mut starts, *b"eyJ");
    add(&mut starts, *b"pat");
    add(&mut starts, *b"PuT");
    let mut case = 0;
    while case < 8 {
        let upper = [case & 1, case >> 1 & 1, case >> 2];
        add_word(&mut starts, *b"bas", upper);
        add_word(&mut starts, *b"bea", upper);
        case += 1;
    }
    starts
};

const fn add(starts: &mut [bool; 1 << SLOT_BITS], [a, b, c]: [u8; 3]) {
    let (_, rest) = starts.split_at_mut(slot(u32::from_le_bytes([a, b, c, 0])));
    if let [start, ..] = rest {
        *start = true;
    }
}

/// Adds a word in which `upper` selects the capitals.
const fn add_word(starts: &mut [bool; 1 << SLOT_BITS], [a, b, c]: [u8; 3], upper: [u8; 3]) {
    let [x, y, z] = upper;
    add(starts, [a - 0x20 * x, b - 0x20 * y, c - 0x20 * z]);
}

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
}

impl Iterator for Scan<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            let at = self.next_candidate(self.at)?;
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
        }
    }

    /// Returns the next offset at which a secret may begin or be announced.
    #[inline]
    fn next_candidate(&self, at: usize) -> Option<usize> {
        let rest = self.bytes.get(at..)?;
        let mut previous = self.previous(at).map_or(0, kind_of);
        let is_candidate = |(skip, window): (usize, &[u8])| {
            let &[byte, b, c, _] = window else {
                return false;
            };
            let kind = kind_of(byte);
            let wanted = kind::SIGN | kind::START & !(previous << 1);
            let before = std::mem::replace(&mut previous, kind);
            let start = STARTS
                .get(slot(u32::from_le_bytes([byte, b, c, 0])))
                .copied()
                .unwrap_or_default();
            ((kind & wanted != 0) | start)
                && is_begun(byte, before, rest.get(skip + 1..).unwrap_or_default())
        };
        let skip = rest.windows(4).enumerate().position(is_candidate);
        let skip = skip.or_else(|| {
            // The last three bytes begin no token, but may announce a secret.
            let tail = rest.len().saturating_sub(3);
            let mut bytes = rest.iter().enumerate().skip(tail);
            let last = bytes.find(|&(skip, &byte)| {
                let before = skip
                    .checked_sub(1)
                    .and_then(|before| rest.get(before))
                    .copied();
                let before = before.map_or(previous, kind_of);
                kind_of(byte) & kind::SIGN != 0
                    && is_begun(byte, before, rest.get(skip + 1..).unwrap_or_default())
            });
            last.map(|(skip, _)| skip)
        });
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
        let length = match rest.first()? {
            b'0'..=b'9' if self.previous(at) == Some(b'.') => None,
            b'0'..=b'9' => card::end(rest),
            b'b' | b'B' if let Some(length) = token::credential_offset(rest) => {
                return value::unquoted(self.bytes, at + length);
            }
            b'e' if at >= self.no_jwt_before && rest.starts_with(b"eyJ") => {
                match token::jwt(rest) {
                    Ok(length) => Some(length),
                    Err(length) => {
                        self.no_jwt_before = at + length;
                        None
                    }
                }
            }
            b'M' | b'N' | b'O' | b'p' => token::in_parts(rest),
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
    fn element(&self, at: usize) -> Option<Range<usize>> {
        let (outside, tag) = run_back(self.before(at), |byte| !matches!(byte, b'<' | b'>'));
        let outside = outside.strip_suffix(b"<")?;
        // Neither a generic type, such as `Vec<Token>`, nor an element without content.
        if outside
            .last()
            .is_some_and(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
            || tag.ends_with(b"/")
        {
            return None;
        }
        let name = tag.get(..run(tag, |byte| is_name_byte(byte) || byte == b':'))?;
        is_secret(name.rsplit(|&byte| byte == b':').next()?).then_some(())?;
        let content = self.text.get(at + 1..)?;
        Some(at + 1..at + 1 + find(content, "</").unwrap_or(content.len()))
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

/// Returns whether a secret may begin at a byte, judged by the class of the one before and the few after it.
#[inline]
fn is_begun(byte: u8, before: u8, after: &[u8]) -> bool {
    match byte {
        b'=' | b'>' => before & kind::BEFORE_SIGN != 0,
        b':' => true,
        b'%' => match after {
            [b'3', ..] | [b'2', b'5', ..] => true,
            [a, b, rest @ ..] => a.is_ascii_hexdigit() && b.is_ascii_hexdigit() && is_start(rest),
            _ => false,
        },
        b'-' => after.first() == Some(&b'-'),
        b'(' => {
            let is_name = before & kind::WORD != 0;
            is_name && matches!(after, [b'"' | b'\'' | b'`' | b'\\', ..])
        }
        b'\\' => match after {
            [b'u', b'0', b'0', b'3', ..] => true,
            [b'n' | b'r' | b't', rest @ ..] => is_start(rest),
            _ => false,
        },
        b'~' => before & kind::WORD != 0,
        b'0'..=b'9' => matches!(after, [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', _, ..]),
        _ => before & kind::WORD == 0,
    }
}

/// Returns whether a token may begin with a text.
fn is_start(text: &[u8]) -> bool {
    let start = |[a, b, c]: [u8; 3]| STARTS.get(slot(u32::from_le_bytes([a, b, c, 0]))).copied();
    text.first_chunk()
        .copied()
        .and_then(start)
        .unwrap_or_default()
        || text
            .first()
            .is_some_and(|&byte| kind_of(byte) & kind::START != 0)
}

/// Returns the sign that is escaped as in JSON, and its length: `\u003d`.
fn escaped_sign(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'\\', b'u', b'0', b'0', b'3', b'd' | b'D', ..] => Some((b'=', 6)),
        [b'\\', b'u', b'0', b'0', b'3', b'a' | b'A', ..] => Some((b':', 6)),
        _ => None,
    }
}

#[inline]
fn kind_of(byte: u8) -> u8 {
    KINDS.get(usize::from(byte)).copied().unwrap_or_default()
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
