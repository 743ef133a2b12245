//! Numbers of payment cards.

use super::reach::count;

/// The digits of the longest number.
const MAX_DIGITS: u32 = 19;

/// Whether a number may begin with it.
pub(super) const fn may_start_with(byte: u8) -> bool {
    matches!(byte, b'2'..=b'6')
}

/// Gives the length of the card number that `text` begins with.
///
/// That is 13 to 19 digits with a right check digit
/// ([ISO/IEC 7812](https://www.iso.org/standard/70484.html), the Luhn formula) and of a length
/// that its first digit allows, in one piece or in groups of at least three with one blank or
/// dash between them, which dates and tables do not have.
pub(super) fn end(text: &[u8]) -> Option<usize> {
    let lengths = lengths(*text.first()?);
    let mut found = None;
    let mut separator = None;
    // The sum where the next digit is doubled, and where it is not.
    let mut sums = (0_u32, 0_u32);
    let mut digits = 0;
    let mut group = 0;
    let mut steps = 0;
    // Behind the last digit stands something, be it the end.
    for &byte in text.iter().chain([&b' ']) {
        let digit = u32::from(byte.wrapping_sub(b'0'));
        if digit < 10 {
            if digits == MAX_DIGITS {
                break;
            }
            let doubled = if digit > 4 { digit * 2 - 9 } else { digit * 2 };
            sums = (sums.1 + digit, sums.0 + doubled);
            digits += 1;
            group += 1;
            steps += 1;
            continue;
        }
        if group < 3 {
            break;
        }
        let is_end = lengths >> digits & 1 == 1 && sums.0.is_multiple_of(10);
        if is_end && !byte.is_ascii_alphanumeric() && !is_fraction(text.get(steps..)) {
            found = Some(steps);
        }
        if !matches!(byte, b' ' | b'-') || separator.is_some_and(|it| it != byte) {
            break;
        }
        separator = Some(byte);
        group = 0;
        steps += 1;
    }
    count(steps);
    found
}

fn is_fraction(after: Option<&[u8]>) -> bool {
    matches!(after, Some([b'.', b'0'..=b'9', ..]))
}

/// Which numbers of digits the networks use whose numbers begin with `first`, as bits.
fn lengths(first: u8) -> u32 {
    match first {
        b'2' => 1 << 16,
        b'3' => 0b111 << 14,
        b'4' => 1 << 13 | 1 << 16 | 1 << 19,
        b'5' | b'6' => 0b111_1111 << 13,
        _ => 0,
    }
}
