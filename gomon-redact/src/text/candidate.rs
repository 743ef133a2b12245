//! Offsets at which a secret may begin or be announced.
//!
//! This is the loop that most text costs. Two tables judge each byte: one by the byte, one by it and the two after it.

use super::name::{is_behind_name, is_blank, is_name_byte};
use super::reach::count;
use super::{card, shape};

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
        if card::may_start_with(byte) {
            *kind |= kind::START;
        }
        // Tokens of Discord.
        if matches!(byte, b'M' | b'N' | b'O') {
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

/// [`kind::START`] if a token, or the scheme of a credential, may begin with the three bytes of a slot. About one in twenty slots is
/// occupied.
const STARTS: [u8; 1 << SLOT_BITS] = {
    let mut starts = [0; 1 << SLOT_BITS];
    let mut index = 0;
    while let Some([a, b, c]) = shape::start(index) {
        add(&mut starts, [a, b, c]);
        index += 1;
    }
    add(&mut starts, *b"eyJ");
    add(&mut starts, *b"pat");
    add(&mut starts, *b"PuT");
    let mut digit = 0;
    while digit < 128 {
        if (digit as u8).is_ascii_hexdigit() {
            add(&mut starts, [b'S', b'K', digit as u8]);
        }
        digit += 1;
    }
    let mut case = 0;
    while case < 8 {
        let upper = [case & 1, case >> 1 & 1, case >> 2];
        add_word(&mut starts, *b"bas", upper);
        add_word(&mut starts, *b"bea", upper);
        case += 1;
    }
    starts
};

const fn add(starts: &mut [u8; 1 << SLOT_BITS], [a, b, c]: [u8; 3]) {
    let (_, rest) = starts.split_at_mut(slot(u32::from_le_bytes([a, b, c, 0])));
    if let [start, ..] = rest {
        *start = kind::START;
    }
}

/// Adds a word in which `upper` selects the capitals.
const fn add_word(starts: &mut [u8; 1 << SLOT_BITS], [a, b, c]: [u8; 3], upper: [u8; 3]) {
    let [x, y, z] = upper;
    add(starts, [a - 0x20 * x, b - 0x20 * y, c - 0x20 * z]);
}

/// Returns the next offset at which a secret may begin or be announced. A word begins at `secret_end`.
#[inline]
pub(super) fn next(bytes: &[u8], from: usize, secret_end: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let mut at = from;
    let found = rest.windows(4).position(|window| {
        let &[a, b, c, d] = window else {
            return false;
        };
        let kind = kind_of(a) | start(u32::from_le_bytes([a, b, c, d]));
        let is_found =
            kind & (kind::SIGN | kind::START) != 0 && is_candidate(bytes, at, secret_end);
        at += 1;
        is_found
    });
    count(at - from + 1);
    // The last three bytes begin no token, but may announce a secret.
    let is_last = |at: &usize| is_candidate(bytes, *at, secret_end);
    match found {
        Some(skip) => Some(from + skip),
        None => (at..bytes.len()).find(is_last),
    }
}

/// Returns whether a secret may begin at an offset, or be announced there.
#[inline]
fn is_candidate(bytes: &[u8], at: usize, secret_end: usize) -> bool {
    let Some((&byte, after)) = bytes.get(at..).and_then(<[u8]>::split_first) else {
        return false;
    };
    let before = at.checked_sub(1).filter(|_| at != secret_end);
    let before = before
        .and_then(|before| bytes.get(before))
        .map_or(0, |&byte| kind_of(byte));
    let kind = kind_of(byte) | bytes.get(at..).map_or(0, start_of);
    kind & (kind::SIGN | kind::START & !(before << 1)) != 0 && is_begun(byte, before, after)
}

/// Returns [`kind::START`] if a token may begin with the three lowest bytes of a word.
#[inline(always)]
fn start(word: u32) -> u8 {
    STARTS.get(slot(word)).copied().unwrap_or_default()
}

/// Returns the same for the first three bytes of a text.
#[inline]
fn start_of(text: &[u8]) -> u8 {
    text.first_chunk()
        .map_or(0, |&[a, b, c]| start(u32::from_le_bytes([a, b, c, 0])))
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
    let kind = text.first().map_or(0, |&byte| kind_of(byte)) | start_of(text);
    kind & kind::START != 0
}

#[inline]
fn kind_of(byte: u8) -> u8 {
    KINDS.get(usize::from(byte)).copied().unwrap_or_default()
}
