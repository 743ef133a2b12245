//! User and password of a URL in free text.

use std::ops::Range;

use super::reach::{count, run};
use super::{MAX_NAME, is_name_byte};
use crate::url::{has_encoded_userinfo, has_good_port, is_scheme_byte};

/// Where the authority of a URL begins.
pub(super) struct Authority {
    pub(super) from: usize,
    /// Whether `://` stands before it. Anything else, as in `http:/u:p@h` and `//u:p@h`, needs an `@` behind it.
    pub(super) is_certain: bool,
}

impl Authority {
    /// The authority behind the scheme that ends at `colon`. JSON may have the slashes as `:\/\/`; browsers take any number
    /// of slashes and backslashes.
    pub(super) fn behind(text: &[u8], colon: usize) -> Option<Self> {
        let rest = text.get(colon + 1..)?;
        if !matches!(rest.first(), Some(b'/' | b'\\')) {
            return None;
        }
        let (before, is_scheme) = match text.get(..colon)? {
            [before @ .., last] => (before.last(), is_scheme_byte(*last)),
            [] => return None,
        };
        if !is_scheme {
            return None;
        }
        let slash = |from: usize| {
            let rest = rest.get(from..)?;
            let slashes = run(rest, |byte| byte == b'\\');
            (rest.get(slashes) == Some(&b'/')).then_some(from + slashes + 1)
        };
        if let Some(length) = slash(0).and_then(slash) {
            return Some(Self {
                from: colon + 1 + length,
                is_certain: true,
            });
        }
        // One letter is a drive.
        let is_scheme = before.is_some_and(|&byte| is_scheme_byte(byte));
        is_scheme.then(|| Self {
            from: colon + 1 + run(rest, |byte| matches!(byte, b'/' | b'\\')),
            is_certain: false,
        })
    }

    /// The authority whose user ends at `colon` and has the `length`, where two slashes stand before it.
    pub(super) fn around(text: &[u8], colon: usize, length: usize) -> Option<Self> {
        let from = colon.checked_sub(length)?;
        let slashes = text.get(from.checked_sub(2)?..from)?;
        let is_begun = slashes.iter().all(|byte| matches!(byte, b'/' | b'\\'));
        is_begun.then_some(Self {
            from,
            is_certain: false,
        })
    }

    /// The next authority behind slashes at `at` or later.
    pub(super) fn next(text: &[u8], at: usize) -> Option<Self> {
        let is_slash = |byte| matches!(byte, b'/' | b'\\');
        let mut at = at;
        while at < text.len() {
            let slashes = at + run(text.get(at..)?, |byte| !is_slash(byte));
            at = slashes + run(text.get(slashes..)?, is_slash);
            let found = match slashes.checked_sub(1) {
                Some(colon) if text.get(colon) == Some(&b':') => Self::behind(text, colon),
                _ if at - slashes < 2 => None,
                _ => {
                    let user = text.get(at..)?;
                    let user = run(user.get(..=MAX_NAME).unwrap_or(user), is_name_byte);
                    let colon = (text.get(at + user) == Some(&b':')).then_some(at + user);
                    colon.and_then(|colon| Self::around(text, colon, user))
                }
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

/// What is in an authority, as bits.
mod sign {
    pub(super) const AT: u8 = 1;
    pub(super) const COLON: u8 = 2;
    pub(super) const PERCENT: u8 = 4;
}

/// The run of visible characters that the last URL stands in, measured once for all of its URLs.
#[derive(Default)]
pub(super) struct Run {
    pub(super) end: usize,
    last_at: Option<usize>,
}

impl Run {
    /// Measures the run that goes on at `from`, unless that is known.
    pub(super) fn reach(&mut self, text: &str, from: usize) {
        if from < self.end {
            return;
        }
        let rest = text.as_bytes().get(from..).unwrap_or_default();
        self.end = from + run(rest, is_visible);
        self.last_at = text
            .get(from..self.end)
            .and_then(|run| run.rfind('@'))
            .map(|at| from + at);
        count(self.end - from);
    }

    /// Gives user and password of the URL with that authority.
    pub(super) fn userinfo(&mut self, text: &str, authority: &Authority) -> Option<Range<usize>> {
        let from = authority.from;
        self.reach(text, from);
        let last_at = self.last_at.filter(|&at| at >= from);
        if !authority.is_certain && last_at.is_none() {
            return None;
        }
        let run_of_url = text.get(from..self.end)?;
        let mut signs = 0;
        let length = run(run_of_url.as_bytes(), |byte| {
            signs |= match byte {
                b'/' | b'?' | b'#' | b'\\' => return false,
                b'@' => sign::AT,
                b':' => sign::COLON,
                b'%' => sign::PERCENT,
                _ => 0,
            };
            true
        });
        // Most are a host alone.
        if signs == 0 {
            return None;
        }
        let (host, tail) = run_of_url.split_at_checked(length)?;
        count(3 * length);
        let has_user =
            signs & sign::AT != 0 || signs & sign::PERCENT != 0 && has_encoded_userinfo(host);
        if !has_user && (signs & sign::COLON == 0 || has_good_ports(host, tail)) {
            return None;
        }
        Some(from..last_at.unwrap_or(from + length))
    }
}

/// Whether what follows the colons could be ports, in one host or several.
fn has_good_ports(host: &str, tail: &str) -> bool {
    let bare = host.trim_end_matches('\\');
    let trimmed = match tail.strip_prefix('/') {
        // Punctuation of the sentence.
        _ if tail.is_empty() => {
            host.trim_end_matches(|c: char| c.is_ascii_punctuation() && c != ']')
        }
        // The scheme of the next URL of a list.
        Some(rest) if rest.trim_start_matches('\\').starts_with('/') => bare.trim_end_matches(':'),
        _ => bare,
    };
    trimmed.split([',', ';']).all(has_good_port)
}

/// Whether a URL may go on with it.
pub(super) fn is_visible(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'<' | b'>' | b'`')
}
