//! Text that is safe to show in a terminal or a log.

use std::borrow::Cow;
use std::time::Duration;

pub(crate) use gomon_redact::floor_char;

/// Returns whether a character is unsafe in a terminal or a log.
///
/// These are control characters, line separators, interlinear annotations, and characters that change the text direction
/// or that show nothing: the property `Default_Ignorable_Code_Point` of
/// [Unicode 17](https://www.unicode.org/reports/tr44/), which contains `Bidi_Control`. Invisible text can carry a message
/// past the reader of a log.
#[inline]
pub(crate) fn needs_escape(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(c,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
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
    use proptest::prelude::*;

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
        assert_eq!(
            printable("a\u{200b}d\u{2060}m\u{feff}in\u{e0041}\u{e007f}\u{3164}\u{fe0f}"),
            r"a\u{200b}d\u{2060}m\u{feff}in\u{e0041}\u{e007f}\u{3164}\u{fe0f}"
        );
    }

    #[test]
    fn safe_text_is_borrowed() {
        assert!(matches!(printable("Grüße, 世界 🙂"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn every_invisible_character_is_escaped(
            c in "[\\p{Cc}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}&&[^\\x{e0080}-\\x{e0fff}]]",
        ) {
            prop_assert!(c.chars().all(needs_escape), "{c:?}");
        }

        #[test]
        fn no_visible_character_is_escaped(
            c in "[^\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}]",
        ) {
            prop_assert!(!c.chars().any(needs_escape), "{c:?}");
        }
    }
}
