//! The fastest path: text of letters in lower case, judged eight bytes at a time.

use super::MIN_SHAPE;

/// A word whose bytes are all 1.
const ONES: u64 = u64::MAX / 0xff;

/// Returns whether a text is so simple that it certainly has no secret.
///
/// It consists of ASCII letters in lower case and of the bytes ``_`*+,-./``. A secret is announced by other signs or by a
/// blank, or has a capital or a digit. A text that is too short for a token may have digits.
///
/// # Examples
/// ```
/// assert!(gomon_redact::is_plain(b"text/html"));
/// assert!(gomon_redact::is_plain(b"*/*"));
/// assert!(!gomon_redact::is_plain(b"token=x"));
/// ```
#[inline]
#[must_use]
pub fn is_plain(text: &[u8]) -> bool {
    let past_signs = if text.len() < MIN_SHAPE {
        b'9' + 1
    } else {
        b'/' + 1
    };
    let mut rest = text;
    while let Some((word, after)) = rest.split_first_chunk() {
        if !is_plain_word(u64::from_le_bytes(*word), past_signs) {
            return false;
        }
        rest = after;
    }
    is_plain_word(filled(rest), past_signs)
}

/// Returns a word of the bytes of a short text, with letters in the other places.
#[inline(always)]
fn filled(text: &[u8]) -> u64 {
    const LETTERS: u64 = ONES * b'a' as u64;
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        // They may overlap.
        return u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last));
    }
    text.iter()
        .fold(LETTERS, |word, &byte| word << 8 | u64::from(byte))
}

/// Returns whether each byte of a word is a letter in lower case, or a sign before `past_signs`.
#[inline(always)]
fn is_plain_word(word: u64, past_signs: u8) -> bool {
    const HIGH: u64 = ONES << 7;
    // Without the bits of `HIGH` in `word`, the sums of the bytes have no carry.
    let from = |byte: u8| word.wrapping_add(ONES * u64::from(0x80 - byte));
    let is_letter = from(b'_') & !from(b'z' + 1);
    let is_sign = from(b'*') & !from(past_signs);
    !word & (is_letter | is_sign) & HIGH == HIGH
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::search;
    use proptest::prelude::*;
    use std::borrow::Cow;

    #[test]
    fn each_byte_is_judged_at_each_place() {
        for length in 1..20 {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut text = vec![b'a'; length];
                    if let Some(found) = text.get_mut(place) {
                        *found = byte;
                    }
                    let is_digit = length < MIN_SHAPE && byte.is_ascii_digit();
                    let expected =
                        is_digit || byte.is_ascii_lowercase() || b"_`*+,-./".contains(&byte);
                    assert_eq!(is_plain(&text), expected, "{length} {place} {byte}");
                }
            }
        }
        assert!(is_plain(b""));
    }

    proptest! {
        #[test]
        fn plain_text_is_clean_in_the_full_scan_too(
            text in "[a-z0-9_`*+,./-]{0,11}|[a-z_`*+,./-]{0,80}|(eyj|pat|sk-|ghp_|xoxb-|npm_|--pw|token|basic|//)([a-z0-9]{0,40}|[a-z]{0,80})",
        ) {
            if is_plain(text.as_bytes()) {
                prop_assert!(matches!(search(&text), Cow::Borrowed(_)), "{text} -> {}", search(&text));
            }
        }
    }
}
