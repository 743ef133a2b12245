//! Text that a terminal cannot take for a command.

use std::borrow::Cow;
use std::time::Duration;

pub(crate) use gomon_redact::floor_char;

/// Whether a terminal or a log could take the character for a command, the end of a line, or the order to show what
/// follows in another direction (the property `Bidi_Control` of UAX #9).
pub(crate) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text with what a terminal or a log would take for a command escaped.
#[must_use]
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hostile(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// Nanoseconds, as many as fit.
#[inline]
pub(crate) fn saturated_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
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
    fn text_without_commands_is_lent() {
        assert!(matches!(printable("Grüße, 世界 🙂"), Cow::Borrowed(_)));
    }
}
