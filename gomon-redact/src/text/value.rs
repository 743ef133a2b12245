//! Extent of the value of a name.

use std::ops::Range;

use super::name::is_name_byte;
use super::reach::{count, run, run_back};
use crate::policy::REDACTED;

/// Returns the value at `from`: the text in quotes, or a bare word.
pub(super) fn any(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    quoted(bytes, from).or_else(|| unquoted(bytes, from))
}

/// Returns the value at `from`: the text in quotes, or the rest of the line.
pub(super) fn line(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    quoted(bytes, from).or_else(|| {
        let length = run(bytes.get(from..)?, |byte| !matches!(byte, b'\r' | b'\n'));
        Some(from..from + length)
    })
}

/// Returns the bare value at `from`, including the content of its brackets.
///
/// After the name of an authentication scheme, it includes the credential.
pub(super) fn unquoted(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    // A redacted query ends where its URL does.
    if let Some([b'<' | b'>' | b'#', ..]) = bytes.get(from..)?.strip_prefix(REDACTED.as_bytes()) {
        return Some(from..from + REDACTED.len());
    }
    let mut end = word_end(bytes, from)?;
    let word = bytes.get(from..end)?;
    let next = skip_blanks(bytes, end);
    let opens =
        matches!(bytes.get(next), Some(b'{' | b'(')) && word.iter().all(|&byte| is_type(byte));
    if next > end && (opens || is_scheme(word)) {
        end = word_end(bytes, next)?;
    }
    Some(from..end).filter(|value| !value.is_empty())
}

/// Returns whether a bare value says that there is none.
pub(super) fn is_null(bytes: &[u8], value: &Range<usize>) -> bool {
    matches!(
        bytes.get(value.clone()),
        Some(b"null" | b"None" | b"nil" | b"undefined")
    ) && !value
        .start
        .checked_sub(1)
        .and_then(|before| bytes.get(before))
        .is_some_and(|&byte| is_quote(byte))
}

pub(super) fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + run(rest, |byte| matches!(byte, b' ' | b'\t'))
}

/// Returns the content of the quotes at `from`.
pub(super) fn quoted(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let rest = bytes.get(from..)?;
    let slashes = run(rest, |byte| byte == b'\\');
    let quote = *rest.get(slashes).filter(|&&byte| is_quote(byte))?;
    let start = from + slashes + 1;
    Some(start..quote_end(bytes, start, quote, slashes))
}

/// Returns the end of quoted text, or the end of `bytes` if the quote is not closed.
///
/// In nested quotation, `slashes` backslashes precede the quotes. More of them precede a quote
/// that is part of the text.
fn quote_end(bytes: &[u8], start: usize, quote: u8, slashes: usize) -> usize {
    let mut escapes = 0;
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        count(1);
        if byte == b'\\' {
            escapes += 1;
        } else if byte == quote {
            let doubled = slashes == 0 && bytes.get(at + 1) == Some(&quote);
            if slashes == 0 && escapes % 2 == 0 && !doubled {
                return at;
            }
            if slashes > 0 && escapes <= slashes {
                return at - escapes;
            }
            at += usize::from(doubled && escapes % 2 == 0);
            escapes = 0;
        } else {
            escapes = 0;
        }
        at += 1;
    }
    bytes.len()
}

fn word_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        count(1);
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth > 0 => depth -= 1,
            byte if is_quote(byte) && (depth > 0 || is_literal(bytes.get(from..at)?)) => {
                at = quote_end(bytes, at + 1, byte, trailing_slashes(bytes.get(from..at)?));
                // Skips the slashes before the closing quote.
                at += run(bytes.get(at..)?, |byte| byte == b'\\');
            }
            byte if depth == 0 && is_quote(byte) => {
                return Some(at - trailing_slashes(bytes.get(from..at)?));
            }
            b')' | b']' | b'}' if depth == 0 => return Some(at),
            b',' | b';' | b'&' if depth == 0 && is_end(byte, bytes.get(at + 1..)?) => {
                return Some(at);
            }
            b'\\' if depth == 0 && bytes.get(at + 1..)?.starts_with(ESCAPED_AMPERSAND) => {
                let after = bytes.get(at + 1 + ESCAPED_AMPERSAND.len()..)?;
                if is_end(b'&', after) {
                    return Some(at);
                }
            }
            byte if depth == 0 && byte.is_ascii_whitespace() => return Some(at),
            _ => {}
        }
        at += 1;
    }
    Some(bytes.len())
}

/// An `&` in JSON, behind the backslash, as some libraries write it for HTML.
const ESCAPED_AMPERSAND: &[u8] = b"u0026";

/// Returns whether a bare value ends at a separator, judged by the text after it.
///
/// A password may contain separators, so the next pair must follow, or something else that no password contains.
fn is_end(separator: u8, after: &[u8]) -> bool {
    let name = run(after, |byte| {
        is_name_byte(byte) || matches!(byte, b'[' | b']')
    });
    let is_name = name > 0;
    let is_pair = is_name || separator == b'&';
    match after.get(name..).unwrap_or_default() {
        [b'=' | b':', ..] | [b'%', b'3', b'D' | b'd' | b'A' | b'a', ..] => is_pair,
        [b'\\', b'u', b'0', b'0', b'3', b'd' | b'D' | b'a' | b'A', ..] => is_pair,
        _ if is_name => after.starts_with(REDACTED.as_bytes()),
        [b'&', ..] => separator == b'&',
        [byte, ..] => {
            byte.is_ascii_whitespace()
                || is_quote(*byte)
                || matches!(byte, b')' | b']' | b'}' | b'\\')
        }
        [] => true,
    }
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// Returns whether a quote after `before` begins a literal, as in `b"…"`.
fn is_literal(before: &[u8]) -> bool {
    matches!(before, b"b" | b"r" | b"br")
}

fn is_type(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':')
}

fn is_scheme(word: &[u8]) -> bool {
    [
        &b"bearer"[..],
        b"basic",
        b"digest",
        b"negotiate",
        b"token",
        b"apikey",
    ]
    .iter()
    .any(|scheme| scheme.eq_ignore_ascii_case(word))
}

fn trailing_slashes(before: &[u8]) -> usize {
    run_back(before, |byte| byte == b'\\').1.len()
}
