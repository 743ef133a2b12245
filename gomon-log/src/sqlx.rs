//! Statements in the lines of sqlx.
//!
//! sqlx reports a statement as the fields `summary` and `db.statement` of an event of `tracing`. A line of `log` has them
//! in its message, each as a string literal of Rust.

#[cfg(any(feature = "log", feature = "tracing"))]
use std::str::Chars;

#[cfg(any(feature = "log", feature = "tracing"))]
use gomon_core::adapter::scrub_sql;

/// Target of the lines.
pub(crate) const TARGET: &str = "sqlx::query";

/// Returns whether a field of such a line is SQL.
#[inline]
pub(crate) fn is_statement(field: &str) -> bool {
    matches!(field, "summary" | "db.statement")
}

/// Removes literals and comments from the statements in a message. The time is linear in the length.
#[cfg(any(feature = "log", feature = "tracing"))]
pub(crate) fn scrub_message(message: &str) -> String {
    let mut scrubbed = String::with_capacity(message.len());
    let mut chars = message.chars();
    while let Some(char) = chars.next() {
        if char != '"' {
            scrubbed.push(char);
            continue;
        }
        let Some(statement) = unquoted(&mut chars) else {
            scrubbed.push('?');
            break;
        };
        scrubbed.push('"');
        scrubbed.push_str(&scrub_sql(&statement));
        scrubbed.push('"');
    }
    scrubbed
}

/// Returns the text before the closing quote, without escapes.
#[cfg(any(feature = "log", feature = "tracing"))]
fn unquoted(chars: &mut Chars<'_>) -> Option<String> {
    let mut text = String::new();
    loop {
        text.push(match chars.next()? {
            '"' => return Some(text),
            '\\' => match chars.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '0' => '\0',
                'u' => chars
                    .find(|char| *char == '}')
                    .map(|_| char::REPLACEMENT_CHARACTER)?,
                char => char,
            },
            char => char,
        });
    }
}

#[cfg(all(test, any(feature = "log", feature = "tracing")))]
mod tests {
    use super::*;

    #[test]
    fn message_that_tracing_did_not_format_shows_no_text_in_quotes() {
        for (message, scrubbed) in [
            ("", ""),
            (r"a\", r"a\"),
            (r#"a="b\"#, "a=?"),
            (r#"a="\u"'secret'" 7"#, "a=?"),
            (r#"a="\u{41} 'secret'" 7"#, "a=\"\u{fffd} ?\" 7"),
            (r#"a="'x" b="y'""#, r#"a="?" b="y?""#),
        ] {
            assert_eq!(scrub_message(message), scrubbed, "{message}");
        }
    }

    #[test]
    fn time_is_linear() {
        for part in ["\"", "\\\"", "\"\\u", "\"'", "\"\\u{}"] {
            let scrubbed = scrub_message(&part.repeat(200_000));
            assert!(scrubbed.len() <= part.len() * 200_000 + 1);
        }
    }
}
