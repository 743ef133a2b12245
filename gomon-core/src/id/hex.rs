//! Hexadecimal encoding and parsing without the formatting machinery.

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Any,
    Lower,
}

/// Parses at most 16 digits.
///
/// `from_str_radix` is not used because it accepts a leading `+`.
pub(crate) fn parse(digits: &[u8], case: Case) -> Option<u64> {
    digits.iter().try_fold(0, |value: u64, &digit| {
        let nibble = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            b'A'..=b'F' if case == Case::Any => digit - b'A' + 10,
            _ => return None,
        };
        Some(value << 4 | u64::from(nibble))
    })
}

pub(crate) fn of_u64(value: u64) -> [u8; 16] {
    let mut digits = [0; 16];
    digits[0..8].copy_from_slice(&of_u32((value >> 32) as u32));
    digits[8..16].copy_from_slice(&of_u32(value as u32));
    digits
}

/// Encodes 8 digits at once: spreads the nibbles over eight bytes and converts all of them in one
/// step.
fn of_u32(value: u32) -> [u8; 8] {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut nibbles = u64::from(value);
    nibbles = (nibbles | nibbles << 16) & 0x0000_ffff_0000_ffff;
    nibbles = (nibbles | nibbles << 8) & 0x00ff_00ff_00ff_00ff;
    nibbles = (nibbles | nibbles << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    let letters = (nibbles + 6 * ONES) >> 4 & ONES;
    let to_letter = u64::from(b'a' - b'0' - 10);
    (nibbles + u64::from(b'0') * ONES + letters * to_letter).to_be_bytes()
}

/// Returns digits as text. Digits are ASCII, so the default is never used.
pub(crate) fn ascii(digits: &[u8]) -> &str {
    std::str::from_utf8(digits).unwrap_or_default()
}
