//! Numbers of payment cards.

use super::reach::count;

/// Minimum and maximum number of digits of a card number.
const MIN_DIGITS: u32 = 13;
const MAX_DIGITS: u32 = 19;

/// Minimum number of digits of the first group, and of each other group but the last.
const MIN_FIRST: u32 = 4;
const MIN_GROUP: u32 = 3;

/// Separators of groups: blanks, dashes, and other signs, some of them encoded.
const SEPARATORS: &[&[u8]] = &[
    b" ",
    b"-",
    b".",
    b"/",
    b"_",
    b"+",
    b"\t",
    b"  ",
    b" - ",
    b"%20",
    "\u{a0}".as_bytes(),
    "\u{b7}".as_bytes(),
    "\u{2002}".as_bytes(),
    "\u{2007}".as_bytes(),
    "\u{2009}".as_bytes(),
    "\u{200a}".as_bytes(),
    "\u{2010}".as_bytes(),
    "\u{2011}".as_bytes(),
    "\u{2012}".as_bytes(),
    "\u{2013}".as_bytes(),
    "\u{2014}".as_bytes(),
    "\u{202f}".as_bytes(),
    "\u{2212}".as_bytes(),
    "\u{3000}".as_bytes(),
];

/// Returns whether a card number may begin with a byte.
pub(super) const fn may_start_with(byte: u8) -> bool {
    matches!(byte, b'2'..=b'6' | b'8' | b'9')
}

/// Returns the length of the card number at the beginning of `text`.
///
/// A card number has 13 to 19 digits and a correct check digit
/// ([ISO/IEC 7812](https://www.iso.org/standard/70484.html), the Luhn formula). Its first two digits
/// decide which lengths are valid. The same separator stands between all groups of digits. The first
/// group has at least four digits, which excludes dates and tables.
pub(super) fn end(text: &[u8]) -> Option<usize> {
    let lengths = lengths(text.first_chunk()?);
    if lengths == 0 {
        return None;
    }
    let mut found = None;
    let mut separator: Option<&[u8]> = None;
    let mut sums = Sums::default();
    let mut group = 0;
    let mut length = 0;
    loop {
        let rest = text.get(length..).unwrap_or_default();
        if let Some(digit @ b'0'..=b'9') = rest.first() {
            if sums.digits == MAX_DIGITS {
                break;
            }
            sums.add(u32::from(digit - b'0'));
            group += 1;
            length += 1;
            continue;
        }
        let is_valid = lengths >> sums.digits & 1 == 1 && sums.is_valid();
        if is_valid && !continues(rest) {
            found = Some(length);
        }
        let min_group = if separator.is_none() {
            MIN_FIRST
        } else {
            MIN_GROUP
        };
        if group < min_group {
            break;
        }
        let next = separator.or_else(|| first_separator(rest));
        let Some(next) = next.filter(|next| rest.starts_with(next)) else {
            break;
        };
        separator = Some(next);
        group = 0;
        length += next.len();
    }
    count(length);
    found
}

/// Returns the separator before the next digit.
fn first_separator(text: &[u8]) -> Option<&'static [u8]> {
    count(8);
    let is_first = |separator: &&&[u8]| {
        let after = text.strip_prefix(**separator).and_then(<[u8]>::first);
        after.is_some_and(u8::is_ascii_digit)
    };
    SEPARATORS.iter().find(is_first).copied()
}

/// Returns whether a word or a number continues after digits.
fn continues(after: &[u8]) -> bool {
    match after {
        [b'.', b'0'..=b'9', ..] => true,
        [byte, ..] => byte.is_ascii_alphanumeric(),
        [] => false,
    }
}

/// Sums of the Luhn formula.
#[derive(Default)]
struct Sums {
    digits: u32,
    /// The sum in which the next digit is doubled, and the one in which it is not.
    doubled: u32,
    single: u32,
}

impl Sums {
    fn add(&mut self, digit: u32) {
        let twice = if digit > 4 { digit * 2 - 9 } else { digit * 2 };
        (self.doubled, self.single) = (self.single + digit, self.doubled + twice);
        self.digits += 1;
    }

    /// Returns whether the last digit is the check digit.
    const fn is_valid(&self) -> bool {
        self.doubled.is_multiple_of(10)
    }
}

/// Returns the valid numbers of digits of card numbers that begin with two digits, as bits.
///
/// The first two digits are those of the networks' ranges of
/// [identification numbers](https://en.wikipedia.org/wiki/Payment_card_number#Issuer_identification_number_(IIN)).
fn lengths(first: &[u8; 2]) -> u32 {
    let any = (1 << (MAX_DIGITS + 1)) - (1 << MIN_DIGITS);
    let from_16 = 0b1111 << 16;
    match first {
        // Mir and Mastercard.
        [b'2', b'2'..=b'7'] => 1 << 16,
        // Diners Club, and American Express.
        [b'3', b'0' | b'6' | b'8' | b'9'] => 1 << 14 | from_16,
        [b'3', b'4' | b'7'] => 1 << 15,
        // JCB.
        [b'3', b'5'] => from_16,
        // Visa, Mastercard.
        [b'4', _] => 1 << 13 | 1 << 16 | 1 << 19,
        [b'5', b'1'..=b'5'] => 1 << 16,
        // Maestro, UnionPay, Discover, RuPay.
        [b'5' | b'6', _] => any,
        [b'8', b'1' | b'2'] => from_16,
        // Uzcard, Humo, Troy.
        [b'8', b'6'] | [b'9', b'7' | b'8'] => 1 << 16,
        _ => 0,
    }
}
