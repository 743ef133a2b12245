//! Numbers of payment cards.

/// Gives the length of the card number that `text` begins with.
///
/// That is 13 to 19 digits with a right check digit
/// ([ISO/IEC 7812](https://www.iso.org/standard/70484.html), the Luhn formula) and of a length
/// that its first digit allows, in one piece or in groups of at least three with one blank or
/// dash between them, which dates and tables do not have.
pub(super) fn end(text: &[u8]) -> Option<usize> {
    let (b'2'..=b'6') = *text.first()? else {
        return None;
    };
    let mut found = None;
    let mut separator = None;
    let mut sums = [0_u32; 2];
    let mut digits = 0;
    let mut group = 0;
    for (at, &byte) in text.iter().enumerate() {
        if byte.is_ascii_digit() {
            let digit = u32::from(byte - b'0');
            let doubled = if digit > 4 { digit * 2 - 9 } else { digit * 2 };
            let [even, odd] = &mut sums;
            *(if digits % 2 == 0 {
                &mut *even
            } else {
                &mut *odd
            }) += doubled;
            *(if digits % 2 == 0 { odd } else { even }) += digit;
            digits += 1;
            group += 1;
            if digits > 19 {
                return found;
            }
            let next = text.get(at + 1).copied().unwrap_or(b' ');
            let [even, odd] = sums;
            let check = if digits % 2 == 0 { even } else { odd };
            let ends =
                !next.is_ascii_alphanumeric() && group >= 3 && !is_fraction(text.get(at + 1..));
            if ends && check % 10 == 0 && is_plausible(text.first().copied()?, digits) {
                found = Some(at + 1);
            }
        } else if matches!(byte, b' ' | b'-') && group >= 3 && separator.is_none_or(|s| s == byte) {
            separator = Some(byte);
            group = 0;
        } else {
            return found;
        }
    }
    found
}

fn is_fraction(after: Option<&[u8]>) -> bool {
    matches!(after, Some([b'.', b'0'..=b'9', ..]))
}

/// Tells which lengths the networks that begin with `first` use.
fn is_plausible(first: u8, digits: usize) -> bool {
    match first {
        b'2' => digits == 16,
        b'3' => (14..=16).contains(&digits),
        b'4' => matches!(digits, 13 | 16 | 19),
        b'5' | b'6' => (13..=19).contains(&digits),
        _ => false,
    }
}
