//! Redaction of quoted text in errors and panics. Errors of extractors quote what the client sent, and so do panics that
//! unwrap them.

use std::fmt::{self, Display};

use gomon_core::REDACTED;
use gomon_core::adapter::{Quotations, write_unquoted};

/// Text in serde's errors that precedes the name of a known field.
const OWN: &[&str] = &["missing field ", "duplicate field "];
/// Text without secrets that panics of the standard library quote.
const OF_PANICS: &[&str] = &[
    "Err",
    "None",
    "Ok",
    "Option::unwrap()",
    "Result::unwrap()",
    "Result::unwrap_err()",
    "left != right",
    "left == right",
];

/// Displays an error with `[redacted]` in place of quoted text.
pub(crate) struct Unquoted<'e, E: ?Sized>(pub(crate) &'e E);

impl<E: Display + ?Sized> Display for Unquoted<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_unquoted::<OfClients>(self.0, f)
    }
}

struct OfClients;

impl Quotations for OfClients {
    const MARK: &'static str = REDACTED;

    fn is_name(before: &str, quoted: &str) -> bool {
        let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        OF_PANICS.contains(&quoted)
            || OWN.iter().any(|own| before.ends_with(own))
                && (1..=64).contains(&quoted.len())
                && quoted.bytes().all(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_is_redacted_except_names_of_fields() {
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
                r#"called `Result::unwrap()` on an `Err` value: Error("invalid type: hunter2", line: 1)"#,
                "called `Result::unwrap()` on an `Err` value: Error([redacted], line: 1)",
            ),
            (
                "assertion `left == right` failed\n  left: \"hunter2\"\n right: 7",
                "assertion `left == right` failed\n  left: [redacted]\n right: 7",
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
}
