//! The text of an error, without what it quotes.
//!
//! Whoever cannot take what a client sent or a table holds quotes it, and not all escape what they quote; so a quotation
//! reaches to the last quote of its kind, unless it is beyond doubt a name of the program's own. Quotes are those of any
//! language, as servers speak that of their owners; where they do not balance, all that follows is taken for quoted.

use std::fmt::{Result, Write};

/// How the errors of one kind quote.
///
/// # Examples
///
/// ```
/// use gomon_redact::{Quotations, write_unquoted};
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
pub fn write_unquoted<Q: Quotations>(text: &str, out: &mut impl Write) -> Result {
    let told = Q::UNTOLD.and_then(|untold| text.split_once(untold));
    let mut rest = told.map_or(text, |(told, _)| told);
    while let Some((before, quote, after)) = split_at_quote(rest) {
        out.write_str(before)?;
        let kind = kind_of(quote);
        let name = after
            .split_once(kind)
            .filter(|(quoted, _)| Q::is_name(before, quoted));
        if let Some((_, left)) = name {
            let end = after.len() - left.len();
            write!(out, "{quote}{}", after.get(..end).unwrap_or_default())?;
            rest = left;
            continue;
        }
        out.write_str(Q::MARK)?;
        rest = Q::rest(before, after)
            .or_else(|| after_last(quote, after))
            .unwrap_or_default();
    }
    out.write_str(rest)
}

/// What stands before the first quote, the quote, and what follows.
fn split_at_quote(text: &str) -> Option<(&str, char, &str)> {
    let (at, quote) = text
        .char_indices()
        .find(|&(at, c)| !kind_of(c).is_empty() && !is_apostrophe(text, at, c))?;
    let (before, quoted) = text.split_at_checked(at)?;
    Some((before, quote, quoted.get(quote.len_utf8()..)?))
}

/// The quotes that may end what this one begins, itself included, as languages do not agree on which is which; none if it
/// is no quote.
fn kind_of(quote: char) -> &'static [char] {
    const KINDS: [&[char]; 8] = [
        &['"'],
        &['`'],
        &['\''],
        &['«', '»'],
        &['‹', '›'],
        &['„', '“', '”', '‟'],
        &['‚', '‘', '’', '‛'],
        &['「', '」'],
    ];
    if quote.is_ascii() && !matches!(quote, '"' | '`' | '\'') {
        return &[];
    }
    let of = |kind: &&&[char]| kind.contains(&quote);
    KINDS.iter().find(of).copied().unwrap_or_default()
}

/// Whether it is that of `doesn't`, not that of `x'00'`.
fn is_apostrophe(text: &str, at: usize, c: char) -> bool {
    if !matches!(c, '\'' | '’') {
        return false;
    }
    let (Some(before), Some(after)) = (text.get(..at), text.get(at + c.len_utf8()..)) else {
        return false;
    };
    let letters = |c: char| c.is_ascii_alphabetic();
    let end = after.find(|c| !letters(c)).unwrap_or(after.len());
    let (end, follows) = after.split_at(end);
    let word = before.trim_end_matches(letters);
    let word = before.get(word.len()..).unwrap_or_default();
    let is_contraction = match end {
        "t" => word.ends_with('n'),
        "s" | "re" | "ve" | "ll" | "d" | "m" => word.len() > 1 || word == "I",
        _ => false,
    };
    is_contraction && !follows.starts_with(|c: char| !kind_of(c).is_empty() || c.is_alphanumeric())
}

/// What follows the last quote that may end what `quote` begins, unless that one begins something too.
fn after_last(quote: char, after: &str) -> Option<&str> {
    let kind = kind_of(quote);
    let at = after.rfind(kind)?;
    let (quoted, last) = after.split_at_checked(at)?;
    let mut left = last.chars();
    let last = left.next()?;
    let is_other_begun = last == quote && quoted.contains(|c| c != quote && kind.contains(&c));
    let begins = quoted.ends_with(|c: char| c.is_whitespace() || "([{=:,".contains(c))
        && left.as_str().starts_with(char::is_alphanumeric);
    (!is_other_begun && !begins && !matches!(last, '„' | '‚')).then_some(left.as_str())
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
            (
                "ungültige Eingabesyntax für Typ integer: »hunter2«",
                "ungültige Eingabesyntax für Typ integer: ?",
            ),
            ("name »abc« « hunter2 » fin", "name »abc« ? fin"),
            ("bad ‘hunter2’.", "bad ?."),
            ("bad „hun”ter“, “hun“ter2”.", "bad ?."),
            ("bad ›hun‹ter2‹ ‚x’", "bad ? ?"),
            ("bad “hunter2\" x", "bad ?"),
            ("bad ”hunter2” x", "bad ? x"),
            ("「hunter2」 x", "? x"),
            ("x'hunter' end", "x? end"),
            ("E's hunter' end", "E? end"),
            ("E'it's hunter' end", "E? end"),
            ("x's' end", "x? end"),
            ("doesn'tell 'a'", "doesn?"),
            ("I'm sure they’re 'x', it's.", "I'm sure they’re ?s."),
            // What ends there is not the last one, which begins.
            ("bad 'a' and 'hunter2", "bad ?"),
            ("bad “a” and “hunter2", "bad ?"),
            ("bad „a” and „ hunter2", "bad ?"),
            ("bad «a» and « hunter2", "bad ?"),
            ("'x -- y' z", "?"),
            ("", ""),
        ] {
            let mut told = String::new();
            write_unquoted::<Letters>(from, &mut told).unwrap();
            assert_eq!(told, to, "{from}");
        }
    }
}
