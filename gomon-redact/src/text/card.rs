//! Numbers of payment cards.

use super::reach::count;

/// Maximum number of digits of a card number.
const MAX_DIGITS: u32 = 19;

/// Returns whether a card number may begin with a byte.
pub(super) const fn may_start_with(byte: u8) -> bool {
    matches!(byte, b'2'..=b'6')
}

/// Returns the length of the card number at the beginning of `text`.
///
/// A card number has 13 to 19 digits and a correct check digit
/// ([ISO/IEC 7812](https://www.iso.org/standard/70484.html), the Luhn formula). Its first digit
/// decides which lengths are valid. Groups of at least three digits may be separated by a single
/// blank or dash, which excludes dates and tables.
pub(super) fn end(text: &[u8]) -> Option<usize> {
    let lengths = lengths(*text.first()?);
    let mut found = None;
    let mut separator = None;
    // The sums with the next digit doubled, and with it not doubled.
    let mut sums = (0_u32, 0_u32);
    let mut digits = 0;
    let mut group = 0;
    let mut steps = 0;
    // A blank at the end terminates the last group.
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
        if !matches!(byte, b' ' | b'-') || separator.is_some_and(|separator| separator != byte) {
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

/// Returns the valid numbers of digits of card numbers that begin with `first`, as bits.
fn lengths(first: u8) -> u32 {
    match first {
        b'2' => 1 << 16,
        b'3' => 0b111 << 14,
        b'4' => 1 << 13 | 1 << 16 | 1 << 19,
        b'5' | b'6' => 0b111_1111 << 13,
        _ => 0,
    }
}
