//! Signs of a URL that may be percent-encoded, once or more: `:`, `%3A`, `%253A`.

use super::reach::count;

/// Returns the first sign of `text` and its length.
///
/// Any unencoded byte is a sign. Of the encoded ones, only the signs of an authority are decoded.
#[inline]
pub(crate) fn first(text: &[u8]) -> Option<(u8, usize)> {
    let (&sign, mut rest) = text.split_first()?;
    if sign != b'%' {
        return Some((sign, 1));
    }
    while let [b'2', b'5', after @ ..] = rest {
        rest = after;
    }
    let length = text.len() - rest.len();
    count(length);
    match rest {
        [a, b, ..] => Some(decoded(*a, *b).map_or((sign, 1), |sign| (sign, length + 2))),
        _ => Some((sign, 1)),
    }
}

/// Returns the last sign of `text` and its length, like [`first`].
pub(crate) fn last(text: &[u8]) -> Option<(u8, usize)> {
    let (&sign, before) = text.split_last()?;
    let Some((&digit, mut before)) = before.split_last() else {
        return Some((sign, 1));
    };
    let Some(found) = decoded(digit, sign) else {
        return Some((sign, 1));
    };
    while let [rest @ .., b'2', b'5'] = before {
        before = rest;
    }
    let length = text.len() - before.len();
    count(length);
    Some(match before {
        [.., b'%'] => (found, length + 1),
        _ => (sign, 1),
    })
}

/// Returns whether a byte separates the segments of a path.
pub(crate) const fn is_slash(byte: u8) -> bool {
    matches!(byte, b'/' | b'\\')
}

const fn decoded(first: u8, second: u8) -> Option<u8> {
    match (first, second) {
        (b'2', b'3') => Some(b'#'),
        (b'2', b'f' | b'F') => Some(b'/'),
        (b'3', b'a' | b'A') => Some(b':'),
        (b'3', b'd' | b'D') => Some(b'='),
        (b'3', b'f' | b'F') => Some(b'?'),
        (b'4', b'0') => Some(b'@'),
        (b'5', b'c' | b'C') => Some(b'\\'),
        _ => None,
    }
}
