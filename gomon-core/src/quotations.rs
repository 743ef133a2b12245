//! The text of an error, without what it quotes.
//!
//! Whoever cannot take what a client sent or a table holds quotes it, and not all escape what they quote; so a quotation
//! reaches to the last quote of its kind, unless it is beyond doubt a name of the program's own.

use std::fmt::{Display, Result, Write};

use crate::user_text::bounded_display;

/// How the errors of one kind quote.
///
/// # Examples
///
/// ```
/// use gomon_core::{Quotations, write_unquoted};
///
/// struct Fields;
///
/// impl Quotations for Fields {
///     const MARK: &'static str = "?";
///
///     fn is_name(before: &str, quoted: &str) -> bool {
///         before.ends_with("missing field ") && quoted.bytes().all(|byte| byte.is_ascii_lowercase())
///     }
/// }
///
/// let mut told = String::new();
/// write_unquoted::<Fields>("missing field `name`, found \"it's \"secret\"\"", &mut told)?;
/// assert_eq!(told, "missing field `name`, found ?");
/// # Ok::<(), std::fmt::Error>(())
/// ```
pub trait Quotations {
    /// What is shown in the place of a quotation.
    const MARK: &'static str;

    /// What the part of an error begins with of which nothing is told, if there is such a part.
    const UNTOLD: Option<&'static str> = None;

    /// Whether `quoted` is beyond doubt a name, by what stands `before` its quote; then it is shown.
    fn is_name(before: &str, quoted: &str) -> bool;

    /// What follows a quotation that is no name, where something else tells its end than the last quote of its kind:
    /// `after` is all that follows its first quote.
    fn rest<'t>(_before: &str, _after: &'t str) -> Option<&'t str> {
        None
    }
}

/// Writes an error without what it quotes, as `Q` has it; of a long one the first 10 KiB.
///
/// # Errors
///
/// Only those of `out`; a `String` has none.
///
/// # Examples
///
/// See [`Quotations`].
pub fn write_unquoted<Q: Quotations>(
    error: &(impl Display + ?Sized),
    out: &mut impl Write,
) -> Result {
    let text = bounded_display(error);
    let told = Q::UNTOLD.and_then(|untold| text.split_once(untold));
    let mut rest = told.map_or(&*text, |(told, _)| told);
    while let Some((before, quote, after)) = split_at_quote(rest) {
        out.write_str(before)?;
        let name = after
            .split_once(quote)
            .filter(|(quoted, _)| Q::is_name(before, quoted));
        if let Some((name, left)) = name {
            write!(out, "{quote}{name}{quote}")?;
            rest = left;
            continue;
        }
        out.write_str(Q::MARK)?;
        rest = Q::rest(before, after)
            .or_else(|| after.rsplit_once(quote).map(|(_, left)| left))
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
    let (before, quoted) = text.split_at_checked(at)?;
    let mut after = quoted.chars();
    let quote = after.next()?;
    Some((before, quote, after.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Letters;

    impl Quotations for Letters {
        const MARK: &'static str = "?";
        const UNTOLD: Option<&'static str> = Some(" -- ");

        fn is_name(before: &str, quoted: &str) -> bool {
            before.ends_with("name ") && quoted.len() == 3
        }

        fn rest<'t>(_: &str, after: &'t str) -> Option<&'t str> {
            after.rsplit_once("' of ").map(|(_, rest)| rest)
        }
    }

    #[test]
    fn quotations_go_to_their_last_quote_but_for_names() {
        for (from, to) in [
            ("name `abc` of `x`", "name `abc` of ?"),
            ("name `abcd` and `abc`.", "name ?."),
            ("it doesn't 'fit' 'x' y", "it doesn't ? y"),
            ("a 'b' of 'c' of name 'xyz'", "a ?name 'xyz'"),
            ("open 'x", "open ?"),
            ("told -- 'x' untold", "told"),
            ("'x -- y' z", "?"),
            ("", ""),
        ] {
            let mut told = String::new();
            write_unquoted::<Letters>(from, &mut told).unwrap();
            assert_eq!(told, to, "{from}");
        }
    }
}
