//! The message of a database's error, without the data that it quotes.
//!
//! Databases quote the value that broke a rule and the text that they could not read, and they do not escape what they
//! quote; so a quotation that is not beyond doubt a name reaches to the last quote of its kind.

use std::fmt::{self, Display, Write};

/// The most bytes that are asked of a `Display`.
const LONGEST: usize = 4096;
/// What stands before the name of a thing. Nothing else that is quoted is a name.
const NOUNS: &[&str] = &[
    "column",
    "constraint",
    "database",
    "function",
    "index",
    "key",
    "relation",
    "schema",
    "sequence",
    "table",
    "trigger",
    "type",
    "view",
];
/// What stands before a value that is followed by the name of its place: `Duplicate entry 'a' for key 'b'`.
const PLACED: &[&str] = &["entry ", "value: "];
const PLACE: &str = "' for ";

/// Shows a message, without the data that it quotes.
pub(super) struct Message<'a>(pub(super) &'a dyn Display);

impl Display for Message<'_> {
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
        let room = LONGEST.saturating_sub(self.0.len());
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        let end = text.floor_char_boundary(room);
        self.0.push_str(text.get(..end).unwrap_or_default());
        Err(fmt::Error)
    }
}

fn write_unquoted(message: &str, out: &mut impl Write) -> fmt::Result {
    let end = message.find("\nDETAIL").unwrap_or(message.len());
    let mut rest = message.get(..end).unwrap_or_default();
    while let Some((before, quote, after)) = split_at_quote(rest) {
        out.write_str(before)?;
        let noun = before.trim_end().rsplit(|c: char| !c.is_ascii_alphabetic());
        let is_noun = noun.take(1).any(|word| {
            before.ends_with(' ') && NOUNS.iter().any(|noun| word.eq_ignore_ascii_case(noun))
        });
        let name = after
            .find(quote)
            .and_then(|end| after.split_at_checked(end));
        if let Some((name, left)) = name.filter(|(name, _)| is_noun && is_name(name)) {
            write!(out, "{quote}{name}{quote}")?;
            rest = left.get(1..).unwrap_or_default();
            continue;
        }
        out.write_str("?")?;
        let placed = PLACED.iter().any(|it| before.ends_with(it));
        let place = placed.then(|| after.rfind(PLACE)).flatten();
        rest = place
            .or_else(|| after.rfind(quote))
            .and_then(|end| after.get(end + 1..))
            .unwrap_or_default();
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
    let (before, after) = text.split_at_checked(at)?;
    let quote = after.chars().next()?;
    Some((before, quote, after.get(1..)?))
}

fn is_name(text: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$');
    (1..=64).contains(&text.len()) && text.bytes().all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(from: &str, to: &str) {
        assert_eq!(Message(&from).to_string(), to, "{from}");
    }

    #[test]
    fn names_stay_and_data_goes() {
        becomes(
            r#"duplicate key value violates unique constraint "users_email_key""#,
            r#"duplicate key value violates unique constraint "users_email_key""#,
        );
        becomes(
            r#"null value in column "name" of relation "goods" violates not-null constraint"#,
            r#"null value in column "name" of relation "goods" violates not-null constraint"#,
        );
        becomes(
            "Duplicate entry 'O'Brien' for key 'x'' for key 'users.email'",
            "Duplicate entry ? for key 'users.email'",
        );
        becomes(
            "Incorrect integer value: 'secret' for column 'id' at row 1",
            "Incorrect integer value: ? for column 'id' at row 1",
        );
        becomes(
            "Table 'shop.goods' doesn't exist",
            "Table 'shop.goods' doesn't exist",
        );
        becomes(
            r#"invalid input syntax for type integer: "secret""#,
            "invalid input syntax for type integer: ?",
        );
        becomes(r#"near "secret": syntax error"#, "near ?: syntax error");
        becomes(r#"unrecognized token: "'secret""#, "unrecognized token: ?");
        becomes(
            "error in your SQL syntax near 'x' for password secret' at line 1",
            "error in your SQL syntax near ? at line 1",
        );
        becomes(
            "UNIQUE constraint failed: users.email",
            "UNIQUE constraint failed: users.email",
        );
        becomes("column \"it is a secret\" does", "column ? does");
        becomes("near 'secret", "near ?");
        becomes("x\nDETAIL:  Key (email)=(secret)", "x");
    }

    #[test]
    fn long_messages_are_cut() {
        let long = "\u{e9}".repeat(LONGEST);
        assert_eq!(Message(&long).to_string().len(), LONGEST);
    }
}
