//! The name that ends before a sign.

use super::reach::{count, run_back};
use crate::name::is_secret_name;

/// Minimum length of a secret name.
const MIN_NAME: usize = 2;

/// Maximum length of two words that name a secret together.
const MAX_WORDS: usize = 24;

/// Returns the secret name that ends before a sign.
///
/// Between them may be blanks, quotes, and an index, as in `password[0]`.
pub(super) fn secret_before(text: &[u8]) -> Option<&[u8]> {
    let (mut rest, mut is_indexed) = without_closing(run_back(text, is_blank).0);
    loop {
        let (before, name) = last_name(rest);
        if is_secret(name) || is_key_of_query(before, name) || is_second_word(before, name) {
            return Some(name);
        }
        if !is_indexed {
            return None;
        }
        let outer = match without_quotes(before) {
            [outer @ .., b'['] | [outer @ .., b'%', b'5', b'B' | b'b'] => outer,
            _ => return None,
        };
        (rest, is_indexed) = without_closing(outer);
    }
}

pub(super) fn is_secret(name: &[u8]) -> bool {
    count(name.len());
    name.len() >= MIN_NAME && is_secret_name(name)
}

/// Splits off the name at the end of a text, without the rest of an encoded or escaped sign: `%26token`, `\u0026token`.
pub(super) fn last_name(text: &[u8]) -> (&[u8], &[u8]) {
    let (before, run) = run_back(text, is_name_byte);
    let name = match (before, run) {
        ([.., b'%'], [_, _, name @ ..]) => name,
        ([.., b'\\'], [b'u', _, _, _, _, name @ ..]) => name,
        ([.., b'\\'], [b'n' | b'r' | b't', name @ ..]) if !is_secret(run) => name,
        _ => run,
    };
    text.split_at_checked(text.len() - name.len())
        .unwrap_or_default()
}

/// Removes quotes and brackets at the end, encoded or not. Returns whether a bracket was among them.
fn without_closing(text: &[u8]) -> (&[u8], bool) {
    let mut rest = text;
    let mut is_indexed = false;
    loop {
        let bare = without_quotes(rest);
        rest = match bare {
            [rest @ .., b']'] | [rest @ .., b'%', b'5', b'D' | b'd'] => {
                is_indexed = true;
                rest
            }
            _ => return (bare, is_indexed),
        };
    }
}

/// Removes quotes at the end, encoded or not.
fn without_quotes(text: &[u8]) -> &[u8] {
    let mut rest = text;
    loop {
        rest = match rest {
            [rest @ .., b'"' | b'\'' | b'`' | b'\\'] => rest,
            [rest @ .., b'%', b'2', b'2' | b'7'] => rest,
            [rest @ .., b'\\', b'u', b'0', b'0', b'2', b'2' | b'7'] => rest,
            [rest @ .., b'&', b'q', b'u', b'o', b't', b';'] => rest,
            [rest @ .., b'&', b'#', b'3', b'4' | b'9', b';'] => rest,
            _ => break,
        };
    }
    count(text.len() - rest.len() + 1);
    rest
}

/// Returns whether a name is that of a key in a query, as in `?key=…`.
fn is_key_of_query(before: &[u8], name: &[u8]) -> bool {
    matches!(before, [.., b'?' | b'&'])
        && [&b"key"[..], b"hexkey", b"textkey"]
            .iter()
            .any(|key| name.eq_ignore_ascii_case(key))
}

/// Returns whether a name and the word before it name a secret together, as in `api key`.
fn is_second_word(before: &[u8], name: &[u8]) -> bool {
    let Some(before) = before.strip_suffix(b" ") else {
        return false;
    };
    if !(MIN_NAME..=MAX_WORDS / 2).contains(&name.len()) {
        return false;
    }
    let word = before.get(before.len().saturating_sub(MAX_WORDS - name.len())..);
    let word = run_back(word.unwrap_or_default(), |byte| byte.is_ascii_alphabetic()).1;
    let mut joined = [0; MAX_WORDS];
    let (Some(first), Some(second)) = (
        joined.get_mut(..word.len()),
        word.len().checked_add(name.len()),
    ) else {
        return false;
    };
    first.copy_from_slice(word);
    if let Some(rest) = joined.get_mut(word.len()..second) {
        rest.copy_from_slice(name);
    }
    // In lower case it is one word, so that `the Key` is not a key of any kind.
    joined.make_ascii_lowercase();
    !word.is_empty() && joined.get(..second).is_some_and(is_secret)
}

pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Returns whether a byte may stand between a name and its sign.
pub(super) const fn is_behind_name(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']' | b';')
}

pub(super) const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}
