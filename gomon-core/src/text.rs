//! Text that is safe to show in a terminal or a log.

use std::borrow::Cow;
use std::time::Duration;

pub(crate) use gomon_redact::floor_char;

/// Returns whether a character is unsafe in a terminal or a log: a control character, a line
/// separator, or one that changes the text direction (the property `Bidi_Control` of UAX #9).
pub(crate) fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Escapes characters that are unsafe in a terminal or a log.
#[must_use]
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(needs_escape) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if needs_escape(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// Returns a duration in nanoseconds, saturating at `u64::MAX`.
#[inline]
pub(crate) fn saturated_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_characters_are_escaped() {
        assert_eq!(
            printable("a\x1b[31mb\u{9b}2J\u{7f}\r\n"),
            r"a\u{1b}[31mb\u{9b}2J\u{7f}\r\n"
        );
        assert_eq!(
            printable("\u{202e}x\u{2069}\u{200f}\u{61c}\u{2028}"),
            r"\u{202e}x\u{2069}\u{200f}\u{61c}\u{2028}"
        );
    }

    #[test]
    fn safe_text_is_borrowed() {
        assert!(matches!(printable("Grüße, 世界 🙂"), Cow::Borrowed(_)));
    }
}
