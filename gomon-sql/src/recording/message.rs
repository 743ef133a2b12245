//! The message of a database's error, without the data that it quotes: the value that broke a rule, the text that it could
//! not read.

use std::fmt::{self, Display};

use gomon_core::{Quotations, write_unquoted};

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
        write_unquoted::<OfDatabases>(self.0, f)
    }
}

struct OfDatabases;

impl Quotations for OfDatabases {
    const MARK: &'static str = "?";
    const UNTOLD: Option<&'static str> = Some("\nDETAIL");

    fn is_name(before: &str, quoted: &str) -> bool {
        let mut words = before.trim_end().rsplit(|c: char| !c.is_ascii_alphabetic());
        let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$');
        before.ends_with(' ')
            && words
                .next()
                .is_some_and(|word| NOUNS.iter().any(|noun| word.eq_ignore_ascii_case(noun)))
            && (1..=64).contains(&quoted.len())
            && quoted.bytes().all(part)
    }

    fn rest<'t>(before: &str, after: &'t str) -> Option<&'t str> {
        let is_placed = PLACED.iter().any(|it| before.ends_with(it));
        let place = after.rfind(PLACE).filter(|_| is_placed)?;
        after.get(place + 1..)
    }
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
        // As servers tell it whose owners speak something else.
        becomes(
            "ungültige Eingabesyntax für Typ integer: »secret«",
            "ungültige Eingabesyntax für Typ integer: ?",
        );
        becomes(
            "syntaxe en entrée invalide pour le type integer : « secret »",
            "syntaxe en entrée invalide pour le type integer : ?",
        );
        becomes(
            "doppelter Schlüsselwert verletzt Unique-Constraint »users_email_key«",
            "doppelter Schlüsselwert verletzt Unique-Constraint »users_email_key«",
        );
        becomes("near x'secret' end", "near x? end");
        becomes("x\nDETAIL:  Key (email)=(secret)", "x");
    }
}
