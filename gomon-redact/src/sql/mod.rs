//! Dialects and tokens of SQL, and the removal of literals and comments from a text of any dialect.
//!
//! The dialect may be unknown, and dialects disagree about the end of a string. Then text is kept only if it is code in
//! all of them. At a point where they disagree (a backslash before a quote, a quote in brackets, a comment in a comment),
//! there is no token, and the rest of the text is removed.

mod bare;
mod dialect;
mod length;
mod token;

use std::borrow::Cow;

use crate::edit::Edit;
pub use bare::BareSecrets;
pub use dialect::Dialect;
pub use token::{Token, TokenKind};

/// Replaces each literal of an SQL text by `?` and removes its comments.
///
/// Literals are numbers and all text in single, double or dollar quotes, with any prefix. Names in
/// double quotes are replaced too, since some databases treat them as strings. Names in backticks
/// and placeholders (`?`, `$1`, `:name`, `@p1`) stay. One `?` replaces the rest of the text from
/// an ambiguous point, and from where a secret may stand without quotes: after `IDENTIFIED`, the
/// `PASSWORD` of an account, the value of a `SET`, the key of a `PRAGMA` or `ATTACH`, and before the
/// data of `COPY … FROM STDIN`, after a semicolon or in the next line. The time is linear in the length.
///
/// # Examples
/// ```
/// use gomon_redact::scrub_sql;
///
/// assert_eq!(
///     scrub_sql("SELECT * FROM cart WHERE id = 42 AND owner = 'me' -- why"),
///     "SELECT * FROM cart WHERE id = ? AND owner = ? "
/// );
/// assert_eq!(scrub_sql("SELECT 'no end FROM t"), "SELECT ?");
/// assert_eq!(scrub_sql("SELECT a FROM t WHERE b = $1"), "SELECT a FROM t WHERE b = $1");
/// ```
#[must_use]
pub fn scrub_sql(text: &str) -> Cow<'_, str> {
    let mut edit = Edit::new(text);
    let mut secrets = BareSecrets::default();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(token) = Token::first(Dialect::Unknown, rest.as_bytes()) else {
            edit.replace(at..text.len(), "?");
            break;
        };
        let is_blank = matches!(token.kind, TokenKind::Blank | TokenKind::Comment);
        if !is_blank && secrets.is_data(rest.as_bytes()) {
            edit.replace(at..text.len(), "?");
            break;
        }
        let (token_text, after) = rest.split_at_checked(token.length).unwrap_or((rest, ""));
        let end = at + token_text.len();
        if let Some(substitute) = substitute(token, rest) {
            edit.replace(at..end, substitute);
        }
        at = end;
        let is_secret = match token.kind {
            TokenKind::Word => secrets.follow(token_text.as_bytes()),
            TokenKind::Sign => secrets.is_setting() && token_text.ends_with('='),
            TokenKind::Semicolon => secrets.end_statement(),
            TokenKind::Blank => {
                if matches!(token_text, "\n" | "\r") {
                    secrets.end_line();
                }
                false
            }
            _ => false,
        };
        if is_secret && !after.trim().is_empty() {
            edit.replace(at..text.len(), " ?");
            break;
        }
    }
    edit.finish().map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Returns the text that replaces the first token of `rest`; `None` if it is kept.
fn substitute(token: Token, rest: &str) -> Option<&'static str> {
    match token.kind {
        TokenKind::Number | TokenKind::String => Some("?"),
        // A blank separates the adjacent words.
        TokenKind::Comment if rest.starts_with('/') => Some(" "),
        TokenKind::Comment => Some(""),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn becomes(from: &str, to: &str) {
        assert_eq!(scrub_sql(from), to, "{from}");
        assert!(
            matches!(scrub_sql(to), Cow::Borrowed(_)),
            "again: {}",
            scrub_sql(to)
        );
    }

    #[test]
    fn code_without_literals_is_unchanged() {
        for text in [
            "",
            "SELECT a.b, `order`.c2 FROM t1 a JOIN [my table] x ON a.id = x.id WHERE d = ? AND e = $1",
            "SELECT :name, @p1, ?2, a[b], arr[$1], \u{e9}t\u{e9}, v$session",
            "SELECT a::text, a - b, a / b, a * b FROM t;",
        ] {
            assert!(
                matches!(scrub_sql(text), Cow::Borrowed(_)),
                "{text} -> {}",
                scrub_sql(text)
            );
        }
    }

    #[test]
    fn literals_of_every_style_are_replaced() {
        becomes(
            "a = 'x' AND b = 'it''s' AND c = ''",
            "a = ? AND b = ? AND c = ?",
        );
        becomes(
            r"a = 'c:\\' AND b = E'it\'s' AND c",
            "a = ? AND b = ? AND c",
        );
        becomes(
            "N'x' n'x' x'0F' B'01' U&'x' _utf8'x' q'[it's]' nQ'!it's!'",
            "? ? ? ? U&? _utf8? ? ?",
        );
        becomes(
            "a = \"x\" AND \"b\".\"c\" = \"d\"\"e\"",
            "a = ? AND ?.? = ?",
        );
        becomes(
            "1 -2 +3.5 .5 1e9 1.5E-3 0xDEAD 1_000 0b01 a1 1-2",
            "? -? +? ? ? ? ? ? ? a1 ?-?",
        );
        becomes("0xE-1, $1, t.1", "?-?, $1, t?");
        becomes("SELECT $$it's$$, $a$ $b$ $a$, $1", "SELECT ?, ?, $1");
        becomes("IN (1, 2,3) VALUES('a',1)", "IN (?, ?,?) VALUES(?,?)");
        becomes("`a'b` = `1`", "? = ?");
        becomes("'\u{e9}\u{1f600}' \u{e9}", "? \u{e9}");
    }

    #[test]
    fn comments_are_removed() {
        becomes("SELECT a -- it's 'x'\nFROM t", "SELECT a \nFROM t");
        becomes("SELECT a # x\nFROM t", "SELECT a \nFROM t");
        becomes("SELECT a/* it's 'x' */FROM t --", "SELECT a FROM t ");
    }

    #[test]
    fn ambiguous_text_is_removed_with_the_rest() {
        for (text, rest) in [
            (r"a = 'it\'s' AND b = 'x'", "a = ?"),
            ("a = 'x", "a = ?"),
            ("a = \"x", "a = ?"),
            ("a = `x", "a = ?"),
            ("a = `x``y`", "a = ?"),
            ("a = $$x", "a = ?"),
            ("a = q'[x", "a = ?"),
            ("a = E'x\\'", "a = ?"),
            ("[O'Brien] = 'x'", "?"),
            ("a /* x", "a ?"),
            ("a /* /* x */ 'y' */", "a ?"),
            ("a /*!50000 x */ b", "a ?"),
            ("a #> 'x\ny' b", "a ?"),
            ("a--'x\ny' b", "a?"),
        ] {
            becomes(text, rest);
        }
    }

    #[test]
    fn passwords_without_quotes_are_removed() {
        becomes(
            "ALTER USER u IDENTIFIED BY hunter2",
            "ALTER USER u IDENTIFIED ?",
        );
        becomes("ALTER ROLE u PASSWORD 'x'", "ALTER ROLE u PASSWORD ?");
    }

    #[test]
    fn output_of_hostile_text_is_bounded() {
        for piece in [
            "'",
            "\"",
            "`",
            "[",
            "[a",
            "$",
            "$a",
            "$a$",
            "-",
            "--\n",
            "/*",
            "/",
            "/**/",
            "#\n",
            "q'[",
            "E'\\",
            "1e",
            "\\",
            "'\\",
            "\u{e9}",
            "copy stdin\n",
            "copy stdin\nwith",
        ] {
            let text = piece.repeat((1 << 20) / piece.len());
            assert!(scrub_sql(&text).len() <= text.len() + 16, "{piece}");
        }
    }

    proptest! {
        #[test]
        fn planted_secrets_are_never_in_the_output(
            form in proptest::sample::select(vec![
                "'$'", "'a''$'", "\"$\"", "E'a\\'$'", "N'$'", "X'$'", "$$ $ $$", "$t$'$'$t$", "q'[it's $]'", "/* $ */", "-- $\n", "# $\n",
                "'a\\'$'", "'a\\\\$'", "'$", "/* $", "\"$", "-- it's $\n '$'", "/* it's */ '$'", "'a' '$'", "'a\n$'",
            ]),
            before in "[a-z =(),.*\n]{0,12} ", after in "( [ a-zA-Z0-9'\"`$#\\[\\]/*\\\\-]{0,12})?",
        ) {
            let text = format!("SELECT {before}{}{after}", form.replace("$$", "\u{1}").replace("$t$", "\u{2}")
                .replace('$', "PLANTED").replace('\u{1}', "$$").replace('\u{2}', "$t$"));
            let scrubbed = scrub_sql(&text);
            prop_assert!(!scrubbed.contains("PLANTED"), "{} -> {}", text, scrubbed);
        }

        #[test]
        fn scrubbing_any_text_is_idempotent(
            text in prop_oneof![".{0,40}", "[a1e '\"`$#\\[\\]/*\\\\\n?:@.qEx-]{0,30}"],
        ) {
            let once = scrub_sql(&text).into_owned();
            prop_assert!(once.len() <= text.len() + 16);
            prop_assert_eq!(scrub_sql(&once), once.clone(), "{}", text);
        }
    }
}
