//! Error messages of databases, without data such as the value that broke a rule.
//!
//! There are two passes. The first replaces quoted text, unless it is the name of an object. The second keeps only what
//! is in the lists of this crate: words of the servers' messages, positions, and names where no value can stand.
//! Messages in other languages keep their names and little else; codes are fields.

mod known;
mod words;

use std::fmt::{self, Display};

use gomon_core::adapter::{Quotations, write_unquoted};

use self::known::write_known;

/// Words before the name of an object. No other quoted text is a name.
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
/// Text before a value that is followed by the name of its place: `Duplicate entry 'a' for key 'b'`.
const PLACED: &[&str] = &["entry ", "value: "];
const PLACE: &str = "' for ";

/// Writes a message without data.
pub(super) struct Message<'a>(pub(super) &'a dyn Display);

impl Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut unquoted = String::new();
        write_unquoted::<OfDatabases>(self.0, &mut unquoted)?;
        write_known(&unquoted, f)
    }
}

/// Returns whether `word` precedes the name of a key. Any other key may be a value: `wrong key 'hunter2'`.
fn is_before_key(word: &str) -> bool {
    ["for", "foreign"]
        .iter()
        .any(|noun| word.eq_ignore_ascii_case(noun))
}

struct OfDatabases;

impl Quotations for OfDatabases {
    const MARK: &'static str = "?";
    const DROPPED_FROM: Option<&'static str> = Some("\nDETAIL");

    fn is_name(before: &str, quoted: &str) -> bool {
        let mut words = before.trim_end().rsplit(|c: char| !c.is_ascii_alphabetic());
        let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$');
        before.ends_with(' ')
            && words.next().is_some_and(|word| {
                NOUNS.iter().any(|noun| word.eq_ignore_ascii_case(noun))
                    && (!word.eq_ignore_ascii_case("key")
                        || words.next().is_some_and(is_before_key))
            })
            && (1..=64).contains(&quoted.len())
            && quoted.bytes().all(part)
            && !quoted.starts_with(|c: char| c.is_ascii_digit())
    }

    fn rest<'t>(before: &str, after: &'t str) -> Option<&'t str> {
        let is_placed = PLACED.iter().any(|text| before.ends_with(text));
        let place = after.rfind(PLACE).filter(|_| is_placed)?;
        after.get(place + 1..)
    }
}

#[cfg(test)]
mod tests;
