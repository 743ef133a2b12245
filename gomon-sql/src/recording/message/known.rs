//! A message reduced to known words, positions and names of the schema.
//!
//! Words are separated by white space. A piece between two is kept or replaced as a whole, so that no part of a value
//! is shown: `424242-99-99` and `a@b` are one piece each. Each piece is examined once, together with a bounded part of
//! the text before it, so that the effort is linear in the length of the message.

use std::fmt::{Result, Write};

use super::words::is_known;

const MARK: &str = "?";
/// Maximum length of a name without quotes.
const MAX_NAME_BYTES: usize = 64;
/// Maximum number of digits of a position or code.
const MAX_DIGITS: usize = 7;
/// Maximum length of the punctuation around the core of a piece.
const MAX_AROUND: usize = 4;
const OPENING: &[char] = &['(', '[', '{'];
const CLOSING: &[char] = &[')', ']', '}', '.', ',', ':', ';', '!', '?'];
const SIGNS: &[char] = &[
    '=', '-', '<', '>', '+', '*', '/', '|', '&', '(', ')', '[', ']', '.', ',', ':', ';', '?',
];
const QUOTES: &[char] = &[
    '"', '`', '\'', '«', '»', '‹', '›', '„', '“', '”', '‟', '‚', '‘', '’', '‛', '「', '」',
];

/// Prefix of sqlx before a database's own message.
const AFTER_SQLX: &str = "returned from database:";

/// Words before a position or a code.
const NUMBERED: &[&str] = &[
    "at line",
    "at row",
    "at character",
    "at position",
    "(os error",
    "errno:",
    "returned from database: (code:",
];

/// Words before a name of the schema.
const NAMED: &[&str] = &[
    "ambiguous column name:",
    "constraint failed:",
    "has no column named",
    "index",
    "is locked:",
    "no such collation sequence:",
    "no such function:",
    "no such index:",
    "no such module:",
    "no such table:",
    "no such trigger:",
    "no such view:",
    "sequence",
    "table",
    "trigger",
    "view",
];

/// Writes `text`, in which only names are quoted.
pub(super) fn write_known(text: &str, out: &mut impl Write) -> Result {
    let mut context = Context::default();
    let mut rest = text;
    while !rest.is_empty() {
        let start = text.len() - rest.len();
        let (space, piece, after) = next_piece(rest);
        rest = after;
        let before = text.get(..start).unwrap_or_default().trim_end();
        let piece = Piece::of(piece);
        let shown = piece.is_shown(before, context.names, after);
        // Adjacent hidden pieces were often one value.
        let is_one_with_last = !shown && context.hidden && piece.before.is_empty();
        if !is_one_with_last {
            out.write_str(space)?;
        }
        if shown {
            out.write_str(piece.whole)?;
        } else {
            piece.write_hidden(!is_one_with_last, out)?;
        }
        context.names = shown && piece.after == "," && (context.names || is_named(before));
        context.hidden = (!shown && piece.hidden_after().is_empty()) || piece.whole == MARK;
    }
    Ok(())
}

/// Kind of the last piece.
#[derive(Default)]
struct Context {
    /// It was hidden, without punctuation after it.
    hidden: bool,
    /// It was a name and a comma.
    names: bool,
}

fn next_piece(text: &str) -> (&str, &str, &str) {
    let start = text.find(|c: char| !c.is_whitespace());
    let (space, text) = text
        .split_at_checked(start.unwrap_or(text.len()))
        .unwrap_or_default();
    let end = text.find(char::is_whitespace);
    let (piece, after) = text
        .split_at_checked(end.unwrap_or(text.len()))
        .unwrap_or_default();
    (space, piece, after)
}

/// Text between white space: a core, and punctuation around it.
struct Piece<'t> {
    whole: &'t str,
    before: &'t str,
    core: &'t str,
    after: &'t str,
}

impl<'t> Piece<'t> {
    fn of(whole: &'t str) -> Self {
        let inner = whole.trim_start_matches(OPENING);
        let core = inner.trim_end_matches(CLOSING);
        let before = whole.len() - inner.len();
        Self {
            whole,
            before: whole.get(..before).unwrap_or_default(),
            core,
            after: inner.get(core.len()..).unwrap_or_default(),
        }
    }

    fn is_shown(&self, before: &str, after_names: bool, rest: &str) -> bool {
        let Self { core, .. } = self;
        if core.is_empty() || self.whole.chars().all(|sign| SIGNS.contains(&sign)) {
            return self.whole.len() <= MAX_AROUND;
        }
        self.before.len() <= MAX_AROUND
            && self.after.len() <= MAX_AROUND
            && (is_words(core)
                || is_quoted_name(core)
                || is_number(core) && self.before.is_empty() && is_numbered(before)
                || is_number(self.whole) && is_coded(before, rest)
                || is_state(core)
                    && self.before == "("
                    && self.after == "):"
                    && is_after_number(before)
                || is_parameter(core, before)
                || is_name(core) && self.before.is_empty() && (after_names || is_named(before)))
    }

    /// Returns the part of the punctuation that cannot belong to a value.
    fn hidden_after(&self) -> &'t str {
        let after = self.after;
        if after.len() > MAX_AROUND {
            return "";
        }
        let closes = self.before.len() == 1 && after.starts_with([')', ']', '}']);
        if closes {
            after
        } else {
            after.trim_start_matches([')', ']', '}', '?'])
        }
    }

    fn write_hidden(&self, is_marked: bool, out: &mut impl Write) -> Result {
        if is_marked {
            if self.before.len() == 1 {
                out.write_str(self.before)?;
            }
            out.write_str(MARK)?;
        }
        out.write_str(self.hidden_after())
    }
}

/// `not-null`, `date/time` and `doesn't` are two words each.
fn is_words(core: &str) -> bool {
    core.split(['-', '/', '\'', '’']).all(is_known)
}

fn is_quoted_name(core: &str) -> bool {
    let inner = core
        .strip_prefix(QUOTES)
        .and_then(|name| name.strip_suffix(QUOTES));
    inner.is_some_and(is_name)
}

fn is_name(text: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$');
    text.len() <= MAX_NAME_BYTES
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(part)
}

fn is_number(text: &str) -> bool {
    (1..=MAX_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_numbered(before: &str) -> bool {
    ends_with_any(before, NUMBERED)
}

/// Returns whether MySQL's number of an error stands between `before` and `rest`. Its state follows: `1213 (40001):`.
fn is_coded(before: &str, rest: &str) -> bool {
    let state = next_piece(rest).1;
    let state = state
        .strip_prefix('(')
        .and_then(|state| state.strip_suffix("):"));
    state.is_some_and(is_state) && ends_with_any(before, &[AFTER_SQLX])
}

/// Returns whether `text` is an SQLSTATE.
fn is_state(text: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    text.len() == 5 && text.bytes().all(part)
}

/// Returns whether `before` ends with MySQL's number of an error, which its state follows.
fn is_after_number(before: &str) -> bool {
    let rest = before.trim_end_matches(|c: char| c.is_ascii_digit());
    before.len() - rest.len() <= MAX_DIGITS && ends_with_any(rest.trim_end(), &[AFTER_SQLX])
}

fn is_parameter(core: &str, before: &str) -> bool {
    core.strip_prefix('$').is_some_and(is_number) && ends_with_any(before, &["parameter"])
}

fn is_named(before: &str) -> bool {
    ends_with_any(before, NAMED)
}

/// Returns whether `text` ends with one of these phrases, as whole words.
fn ends_with_any(text: &str, phrases: &[&str]) -> bool {
    let bytes = text.as_bytes();
    let last = bytes.last().map(u8::to_ascii_lowercase);
    phrases.iter().any(|phrase| {
        // Most texts end with another byte than any phrase.
        if phrase.as_bytes().last().copied() != last {
            return false;
        }
        let Some((before, end)) = bytes
            .len()
            .checked_sub(phrase.len())
            .map(|at| bytes.split_at(at))
        else {
            return false;
        };
        end.eq_ignore_ascii_case(phrase.as_bytes())
            && !before
                .last()
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    })
}
