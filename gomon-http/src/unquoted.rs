//! The text of an error, without what it quotes.
//!
//! What reads a body, a query or a path quotes what the client sent where it could not take it, and not all of them
//! escape what they quote; so a quotation reaches to the last quote of its kind, unless it is beyond doubt a name of the
//! program's own.

use std::fmt::{self, Display, Write};

use gomon_core::REDACTED;

/// The most bytes that are asked of a `Display`.
const LONGEST: usize = 4096;
/// What stands before the name of a field that the program knows, in serde's errors.
const OWN: &[&str] = &["missing field ", "duplicate field "];

/// Shows an error with `[redacted]` in the place of what it quotes.
pub(crate) struct Unquoted<'e, E: ?Sized>(pub(crate) &'e E);

impl<E: Display + ?Sized> Display for Unquoted<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Bounded(String::new());
        // It fails where the text is too long, and then the beginning is enough.
        let _ = write!(text, "{}", self.0);
        write_unquoted(&text.0, f)
    }
}

struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut end = LONGEST.saturating_sub(self.0.len()).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.0.push_str(text.get(..end).unwrap_or_default());
        if end < text.len() {
            return Err(fmt::Error);
        }
        Ok(())
    }
}

fn write_unquoted(text: &str, out: &mut impl Write) -> fmt::Result {
    let mut rest = text;
    while let Some((before, quote, after)) = split_at_quote(rest) {
        out.write_str(before)?;
        let own = after
            .split_once(quote)
            .filter(|(name, _)| OWN.iter().any(|own| before.ends_with(own)) && is_name(name));
        if let Some((name, left)) = own {
            write!(out, "{quote}{name}{quote}")?;
            rest = left;
            continue;
        }
        out.write_str(REDACTED)?;
        rest = after.rsplit_once(quote).map_or("", |(_, left)| left);
    }
    out.write_str(rest)
}

/// What stands before the first quote, the quote, and what follows.
fn split_at_quote(text: &str) -> Option<(&str, char, &str)> {
    let bytes = text.as_bytes();
    let letter = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_alphabetic)
    };
    let at = bytes
        .iter()
        .enumerate()
        .position(|(at, &byte)| match byte {
            b'"' | b'`' => true,
            // Not that of `doesn't`.
            b'\'' => !(letter(at.checked_sub(1)) && letter(Some(at + 1))),
            _ => false,
        })?;
    let (before, quoted) = text.split_at_checked(at)?;
    let mut after = quoted.chars();
    let quote = after.next()?;
    Some((before, quote, after.as_str()))
}

fn is_name(text: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_goes_but_for_the_names_of_fields() {
        for (from, to) in [
            (
                r#"invalid type: string "hunter2", expected u32 at line 1 column 9"#,
                "invalid type: string [redacted], expected u32 at line 1 column 9",
            ),
            (
                r#"invalid type: string "hun\"ter2", expected u32"#,
                "invalid type: string [redacted], expected u32",
            ),
            (
                "invalid value: integer `4711`, expected u8",
                "invalid value: integer [redacted], expected u8",
            ),
            (
                "unknown variant `hun`ter2`, expected `a` or `b`",
                "unknown variant [redacted]",
            ),
            (
                "unknown field `missing field `hunter2``",
                "unknown field [redacted]",
            ),
            (
                "missing field `name` at line 1",
                "missing field `name` at line 1",
            ),
            ("missing field `hunter2", "missing field [redacted]"),
            ("doesn't fit: 'hunter2'.", "doesn't fit: [redacted]."),
            ("no such user", "no such user"),
            ("", ""),
        ] {
            assert_eq!(Unquoted(from).to_string(), to, "{from}");
        }
    }

    #[test]
    fn long_texts_are_cut() {
        let long = "\u{e9}".repeat(LONGEST);
        assert_eq!(Unquoted(&long).to_string().len(), LONGEST);
    }
}
