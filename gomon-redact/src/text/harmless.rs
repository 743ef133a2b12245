//! The fast path: text without anything that may be a secret.

use super::MIN_SHAPE;

/// Classes of bytes, as bits.
mod class {
    /// Continues a word.
    pub(super) const PART: u8 = 1;
    pub(super) const LETTER: u8 = 2;
    pub(super) const DIGIT: u8 = 4;
    /// A capital or a digit, as every token has.
    pub(super) const RANDOM: u8 = 8;
    pub(super) const DASH: u8 = 16;
    /// Announces no secret.
    pub(super) const PLAIN: u8 = 32;
}

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut rest: &mut [u8] = &mut classes;
    let mut byte = 0_u8;
    while let [class, after @ ..] = rest {
        *class = match byte {
            b'a'..=b'z' => class::PART | class::LETTER,
            b'A'..=b'Z' => class::PART | class::LETTER | class::RANDOM,
            b'0'..=b'9' => class::PART | class::DIGIT | class::RANDOM,
            b'_' | b'.' => class::PART,
            b'-' => class::PART | class::DASH,
            b':' | b'%' | b'>' | b'\\' | b'~' | b'=' | b'(' | b' ' | b'\t' => 0,
            _ => class::PLAIN,
        };
        byte = byte.wrapping_add(1);
        rest = after;
    }
    classes
};

/// Minimum number of digits of a card number.
const MIN_CARD: usize = 13;

/// Returns whether `text` certainly has no secret, like most paths and values of headers.
///
/// It has no sign that announces a secret, no word as long as a token, and not as many digits as a card number. A token
/// with a `/` is found if one of its parts is long enough.
#[inline]
pub(super) fn is_harmless(text: &str) -> bool {
    let mut rest = text.as_bytes();
    let mut digits = 0;
    loop {
        let mut seen = 0;
        let end = rest.iter().position(|&byte| {
            let class = class_of(byte);
            seen |= class;
            class & class::PART == 0
        });
        let length = end.unwrap_or(rest.len());
        digits = match seen & (class::LETTER | class::DIGIT) {
            class::LETTER => 0,
            class::DIGIT | 0 => digits + length,
            _ => length,
        };
        let is_long = length >= MIN_SHAPE && seen & class::RANDOM != 0;
        if is_long || digits >= MIN_CARD || seen & class::DASH != 0 && has_dashes(rest, length) {
            return false;
        }
        let Some((word, [sign, after @ ..])) = end.and_then(|end| rest.split_at_checked(end))
        else {
            return true;
        };
        if seen & class::PLAIN == 0 && !is_plain(word, *sign) {
            return false;
        }
        rest = after;
    }
}

/// Returns whether a sign after a word announces no secret.
#[inline]
fn is_plain(word: &[u8], sign: u8) -> bool {
    match sign {
        // The scheme of a credential is a word of five or six letters.
        b' ' | b'\t' => !matches!(
            word,
            [b'b' | b'B', _, _, _, _] | [b'b' | b'B', _, _, _, _, _]
        ),
        // Names of one letter are common, as in `;q=0.9`.
        b'=' => word.len() == 1,
        b'(' => word.is_empty(),
        _ => false,
    }
}

/// Returns whether two dashes follow each other in the first word of a text.
fn has_dashes(text: &[u8], length: usize) -> bool {
    let word = text.get(..length).unwrap_or_default();
    word.windows(2).any(|pair| pair == b"--")
}

#[inline]
fn class_of(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or_default()
}
