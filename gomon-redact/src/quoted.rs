//! Removal of quotations from error messages.
//!
//! Messages quote input and stored values, and not all of them escape what they quote. A quotation therefore extends to
//! the last quote of its kind, unless it is certainly a name of the program. Servers use the quotes of their locale, so
//! those of any language are recognised. After an unbalanced quote, the rest of the text is a quotation.

use std::fmt::{Result, Write};

/// The quotation rules of one kind of error.
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
/// let mut shown = String::new();
/// write_unquoted::<Fields>("missing field `name`, found \"it's \"secret\"\"", &mut shown)?;
/// assert_eq!(shown, "missing field `name`, found ?");
/// # Ok::<(), std::fmt::Error>(())
/// ```
pub trait Quotations {
    /// The replacement of a quotation.
    const MARK: &'static str;

    /// Marker from which the rest of the message is dropped, such as PostgreSQL's `DETAIL`.
    const DROPPED_FROM: Option<&'static str> = None;

    /// Returns whether `quoted` is certainly a name, judged by the text `before` it. A name is shown.
    fn is_name(before: &str, quoted: &str) -> bool;

    /// Returns the text after a quotation that does not end at the last quote of its kind.
    ///
    /// It is called if the quotation is not a name. `after` is the text after its first quote.
    fn rest<'t>(_before: &str, _after: &'t str) -> Option<&'t str> {
        None
    }
}

/// Writes a message with its quotations replaced by the rules of `Q`.
///
/// # Errors
///
/// Returns the errors of `out`; a `String` has none.
pub fn write_unquoted<Q: Quotations>(text: &str, out: &mut impl Write) -> Result {
    let shown = Q::DROPPED_FROM.and_then(|marker| text.split_once(marker));
    let mut rest = shown.map_or(text, |(shown, _)| shown);
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

/// Splits at the first quote: the text before it, the quote, and the text after it.
fn split_at_quote(text: &str) -> Option<(&str, char, &str)> {
    let (at, quote) = text
        .char_indices()
        .find(|&(at, c)| !kind_of(c).is_empty() && !is_apostrophe(text, at, c))?;
    let (before, quoted) = text.split_at_checked(at)?;
    Some((before, quote, quoted.get(quote.len_utf8()..)?))
}

/// Returns all quotes that may end a quotation begun by `quote`; empty if it is not a quote.
///
/// Languages disagree about which of a pair opens and which closes, so both are included.
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

/// Returns whether a quote is an apostrophe, as in `doesn't` and unlike in `x'00'`.
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

/// Returns the text after the last quote that may end `quote`, unless that quote opens another quotation.
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
        const DROPPED_FROM: Option<&'static str> = Some(" -- ");

        fn is_name(before: &str, quoted: &str) -> bool {
            before.ends_with("name ") && quoted.len() == 3
        }

        fn rest<'t>(_: &str, after: &'t str) -> Option<&'t str> {
            after.rsplit_once("' of ").map(|(_, rest)| rest)
        }
    }

    #[test]
    fn quotations_extend_to_their_last_quote_except_names() {
        for (from, to) in [
            ("name `abc` of `x`", "name `abc` of ?"),
            ("name `abcd` and `abc`.", "name ?."),
            ("it doesn't 'fit' 'x' y", "it doesn't ? y"),
            ("a 'b' of 'c' of name 'xyz'", "a ?name 'xyz'"),
            ("open 'x", "open ?"),
            ("shown -- 'x' hidden", "shown"),
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
            // The last quote opens another quotation.
            ("bad 'a' and 'hunter2", "bad ?"),
            ("bad “a” and “hunter2", "bad ?"),
            ("bad „a” and „ hunter2", "bad ?"),
            ("bad «a» and « hunter2", "bad ?"),
            ("'x -- y' z", "?"),
            ("", ""),
        ] {
            let mut shown = String::new();
            write_unquoted::<Letters>(from, &mut shown).unwrap();
            assert_eq!(shown, to, "{from}");
        }
    }
}
