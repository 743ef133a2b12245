//! User and password of a URL in free text.
//!
//! After `://` there is certainly an authority, in which text after a colon that is not a port may be a password. Other
//! authorities need an `@`: after a scheme and any other number of slashes (`http:/u:p@h`), and after two slashes without
//! a scheme (`//u:p@h`). Their signs may be encoded.

use std::borrow::Cow;
use std::ops::Range;

use super::reach::{count, run, run_back};
use super::sign::{self, is_slash};
use crate::url::{encoded_sign, has_encoded_userinfo, has_good_port, is_scheme_byte};

/// The beginning of a URL's authority.
pub(super) struct Authority {
    pub(super) from: usize,
    /// An offset up to which the text certainly belongs to the user.
    user_end: usize,
    /// Whether `://` precedes it. Otherwise an `@` must follow.
    pub(super) is_certain: bool,
}

/// A run of slashes, encoded or not.
#[derive(Default)]
struct Slashes {
    length: usize,
    /// Number of `/` among them.
    forward: usize,
    signs: usize,
    /// Whether they are `//`, or `\/\/` as in JSON.
    is_pair: bool,
}

impl Slashes {
    fn at(text: &[u8], at: usize) -> Self {
        let mut slashes = Self::default();
        let mut rest = text.get(at..).unwrap_or_default();
        let mut is_encoded = false;
        while let Some((sign, length)) = sign::first(rest).filter(|(sign, _)| is_slash(*sign)) {
            slashes.signs += 1;
            slashes.forward += usize::from(sign == b'/');
            slashes.length += length;
            is_encoded |= length > 1;
            slashes.is_pair = sign == b'/' && slashes.forward == 2 && !is_encoded;
            rest = rest.get(length..).unwrap_or_default();
        }
        count(slashes.signs + 1);
        slashes
    }
}

impl Authority {
    /// Returns the authority after a scheme, the `colon` of `length` bytes, and slashes.
    ///
    /// Browsers accept any number of slashes and backslashes.
    pub(super) fn behind(text: &[u8], colon: usize, length: usize) -> Option<Self> {
        Self::with_slashes(text, colon, length, &Slashes::at(text, colon + length))
    }

    fn with_slashes(text: &[u8], colon: usize, length: usize, slashes: &Slashes) -> Option<Self> {
        let [before @ .., last] = text.get(..colon)? else {
            return None;
        };
        // A single letter is a drive.
        let is_long = || before.last().is_some_and(|&byte| is_scheme_byte(byte));
        if slashes.signs == 0 || !is_scheme_byte(*last) || !(slashes.forward > 1 || is_long()) {
            return None;
        }
        let from = colon + length + slashes.length;
        Some(Self {
            from,
            user_end: from,
            is_certain: slashes.is_pair && length == 1,
        })
    }

    /// Returns the authority whose user ends at `colon` and begins after two slashes, no earlier than `limit`.
    pub(super) fn around(text: &[u8], limit: usize, colon: usize) -> Option<Self> {
        let window = text.get(limit..colon)?;
        let mut before = window;
        let slash = loop {
            count(1);
            let (&last, rest) = before.split_last()?;
            match last {
                b'/' | b'\\' => break 1,
                // The last digit of an encoded sign.
                b'f' | b'F' | b'c' | b'C' => match sign::last(before)? {
                    (sign, length) if is_slash(sign) => break length,
                    _ => {}
                },
                _ if !is_visible(last) => return None,
                _ => {}
            }
            before = rest;
        };
        let second = before.get(..before.len().checked_sub(slash)?)?;
        let is_begun = sign::last(second).is_some_and(|(sign, _)| is_slash(sign));
        is_begun.then_some(Self {
            from: limit + before.len(),
            user_end: colon,
            is_certain: false,
        })
    }

    /// Returns the next authority after slashes at `at` or later.
    pub(super) fn next(text: &[u8], at: usize) -> Option<Self> {
        let mut at = at;
        while at < text.len() {
            at += run(text.get(at..)?, |byte| !is_slash(byte) && byte != b'%');
            let slashes = Slashes::at(text, at);
            if slashes.signs == 0 {
                at += 1;
                continue;
            }
            let colon = sign::last(text.get(..at)?).filter(|(sign, _)| *sign == b':');
            let behind = colon.and_then(|(_, length)| {
                Self::with_slashes(text, at.checked_sub(length)?, length, &slashes)
            });
            at += slashes.length;
            let found = behind.or_else(|| {
                let user_end = user_end(text, at).filter(|_| slashes.signs > 1)?;
                Some(Self {
                    from: at,
                    user_end,
                    is_certain: false,
                })
            });
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

/// Returns the offset of the colon that ends the user at `from`.
fn user_end(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        count(1);
        match sign::first(text.get(at..)?)? {
            (b':', _) => return Some(at),
            (sign, _) if is_slash(sign) || !is_visible(sign) => return None,
            // Any other encoded sign is part of the user.
            (_, length) => at += length,
        }
    }
}

/// Signs in an authority, as bits.
mod sign_bit {
    pub(super) const AT: u8 = 1;
    pub(super) const COLON: u8 = 2;
    pub(super) const PERCENT: u8 = 4;
}

/// The run of visible characters around the last URL, measured once for all of its URLs.
#[derive(Default)]
pub(super) struct Run {
    pub(super) end: usize,
    last_at: Option<usize>,
    last_encoded_at: Option<usize>,
    /// The end of the measured section of the run.
    section_end: usize,
    /// The last `@` in the section that the address of a server follows.
    login_end: Option<usize>,
    /// The last `@` in the section, and the last `/` before it.
    last_in_section: Option<usize>,
    last_slash: Option<usize>,
}

impl Run {
    /// Measures the run at `from`, unless it is already measured.
    pub(super) fn reach(&mut self, text: &str, from: usize) {
        if from < self.end {
            return;
        }
        let rest = text.as_bytes().get(from..).unwrap_or_default();
        self.end = from + run(rest, is_visible);
        let run = text.get(from..self.end).unwrap_or_default();
        self.last_at = run.rfind('@').map(|at| from + at);
        self.last_encoded_at = encoded_sign(run, |sign| sign == b'@').map(|at| from + at);
        self.section_end = from;
        count(2 * run.len());
    }

    /// Measures the section of the run at `from`, which ends at two slashes.
    fn reach_section(&mut self, text: &str, from: usize) {
        if from < self.section_end {
            return;
        }
        let rest = text.get(from..self.end).unwrap_or_default();
        let is_pair = |pair: &[u8]| pair.iter().all(|&byte| is_slash(byte));
        let length = rest.as_bytes().windows(2).position(is_pair);
        let section = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
        let is_end = |&(at, _): &(usize, &str)| rest.get(at + 1..).is_some_and(is_address);
        let login_end = section.rmatch_indices('@').find(is_end);
        self.login_end = login_end.map(|(at, _)| from + at);
        let last = section.rfind('@');
        let slash = last.and_then(|last| section.get(..last)?.rfind('/'));
        self.last_in_section = last.map(|at| from + at);
        self.last_slash = slash.map(|at| from + at);
        self.section_end = from + section.len() + 1;
        count(2 * section.len());
    }

    /// Returns the password after this colon, as in `user:password@tcp(host:3306)`, without a scheme.
    pub(super) fn password(&mut self, text: &str, colon: usize) -> Option<Range<usize>> {
        let before = text.get(..colon)?;
        if !before
            .as_bytes()
            .last()
            .is_some_and(|&byte| is_scheme_byte(byte))
        {
            return None;
        }
        let from = colon + 1;
        self.reach(text, from);
        self.last_at.filter(|&at| at > from)?;
        // The port of a URL is not a password.
        let (outside, _) = run_back(before.as_bytes(), is_scheme_byte);
        if matches!(outside, [.., b'/' | b'\\' | b'@']) {
            return None;
        }
        self.reach_section(text, from);
        if is_jdbc(before) {
            // The Oracle form has a user and a password behind the colon.
            let at = self.last_in_section.filter(|&at| at > from)?;
            let is_oracle = before.ends_with(":thin") || before.ends_with(":oci");
            let has_login = self.last_slash >= Some(from);
            return (is_oracle && has_login).then_some(from..at);
        }
        let at = self.login_end.filter(|&at| at > from)?;
        (!before.ends_with("mailto")).then_some(from..at)
    }

    /// Returns user and password of the URL with this authority.
    pub(super) fn userinfo(&mut self, text: &str, authority: &Authority) -> Option<Range<usize>> {
        self.reach(text, authority.from);
        let end = if authority.is_certain {
            self.certain(text, authority.from)
        } else {
            self.uncertain(text, authority)
        };
        Some(authority.from..end?)
    }

    /// Returns the end of user and password after `://`.
    fn certain(&self, text: &str, from: usize) -> Option<usize> {
        let last_at = self.last_at.filter(|&at| at >= from);
        let run_of_url = text.get(from..self.end)?;
        let mut signs = 0;
        let length = run(run_of_url.as_bytes(), |byte| {
            signs |= match byte {
                b'/' | b'?' | b'#' | b'\\' => return false,
                b'@' => sign_bit::AT,
                b':' => sign_bit::COLON,
                b'%' => sign_bit::PERCENT,
                _ => 0,
            };
            true
        });
        // Fast path: most authorities are only a host.
        if signs == 0 {
            return None;
        }
        let (host, tail) = run_of_url.split_at_checked(length)?;
        count(3 * length);
        let has_user = signs & sign_bit::AT != 0
            || signs & sign_bit::PERCENT != 0 && has_encoded_userinfo(host);
        if !has_user && (signs & sign_bit::COLON == 0 || has_good_ports(host, tail)) {
            return None;
        }
        Some(last_at.unwrap_or(from + length))
    }

    /// Returns the end of user and password after other slashes, which is an `@`.
    fn uncertain(&self, text: &str, authority: &Authority) -> Option<usize> {
        let from = authority.from;
        let last_at = self.last_at.max(self.last_encoded_at);
        let last_at = last_at.filter(|&at| at >= from)?;
        let (host, tail) = text.get(from..self.end)?.split_at_checked(
            authority.user_end.checked_sub(from)?
                + authority_length(text.get(authority.user_end..self.end)?),
        )?;
        count(3 * host.len());
        let host = decoded(host);
        let is_secret = host.contains('@') || !has_good_ports(&host, tail);
        is_secret.then_some(last_at)
    }
}

/// Returns whether a text ends with the scheme of a JDBC URL, or with its beginning.
fn is_jdbc(before: &str) -> bool {
    let from = before.len().saturating_sub(16);
    let end = before.as_bytes().get(from..).unwrap_or_default();
    end.ends_with(b"jdbc") || end.windows(5).any(|part| part == b"jdbc:")
}

/// Returns whether a text begins with `host:port`, `host/path` or `protocol(host)`.
fn is_address(text: &str) -> bool {
    let bytes = text.as_bytes();
    let host = run(bytes, |byte| is_scheme_byte(byte) || byte == b'_');
    match bytes.get(host..) {
        Some([b'(' | b'/', ..]) => host > 0,
        Some([b':', port @ ..]) => {
            let digits = run(port, |byte| byte.is_ascii_digit());
            let is_port = !port.get(digits).is_some_and(u8::is_ascii_alphanumeric);
            host > 0 && (1..=5).contains(&digits) && is_port
        }
        Some([b'[', ..]) => host == 0,
        _ => false,
    }
}

/// Returns the length of an authority whose signs may be encoded.
fn authority_length(text: &str) -> usize {
    let mut length = 0;
    while let Some((sign, step)) = text.as_bytes().get(length..).and_then(sign::first) {
        count(1);
        if is_slash(sign) || matches!(sign, b'?' | b'#') {
            break;
        }
        length += step;
    }
    length
}

/// Decodes the signs of a text.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut clear = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, _)) = rest.split_once('%') {
        clear.push_str(before);
        rest = rest.get(before.len()..).unwrap_or_default();
        let Some((sign, length)) = sign::first(rest.as_bytes()) else {
            break;
        };
        clear.push(char::from(sign));
        rest = rest.get(length..).unwrap_or_default();
    }
    clear.push_str(rest);
    Cow::Owned(clear)
}

/// Returns whether the text after each colon could be a port, in one host or several.
fn has_good_ports(host: &str, tail: &str) -> bool {
    let bare = without_end(host, |byte| byte == b'\\');
    let trimmed = match tail.as_bytes() {
        // Punctuation after the URL.
        [] => without_end(host, |byte| byte.is_ascii_punctuation() && byte != b']'),
        // The scheme of the next URL in a list.
        [b'/', rest @ ..] if rest.iter().find(|&&byte| byte != b'\\') == Some(&b'/') => {
            without_end(bare, |byte| byte == b':')
        }
        _ => bare,
    };
    // Fast path: without a colon, no search for one in each host.
    !trimmed.bytes().any(|byte| byte == b':') || trimmed.split([',', ';']).all(has_good_port)
}

/// Removes the ASCII bytes at the end that are `part`. A search for a byte is faster than one for a character.
fn without_end(text: &str, part: impl Fn(u8) -> bool) -> &str {
    let (rest, _) = run_back(text.as_bytes(), part);
    text.get(..rest.len()).unwrap_or(text)
}

/// Returns whether a URL may continue with a byte.
pub(super) fn is_visible(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'<' | b'>' | b'`')
}
