//! Removal of literals and comments from SQL of any dialect.
//!
//! The dialect is unknown, and dialects disagree about the end of a string. Text is kept only if
//! it is code in all of them. At a point where they disagree (a backslash before a quote, a quote
//! in brackets, a comment in a comment), the rest of the text is removed.

use std::borrow::Cow;

/// Replaces each literal of an SQL text by `?` and removes its comments.
///
/// Literals are numbers and all text in single, double or dollar quotes, with any prefix. Names in
/// double quotes are replaced too, since some databases treat them as strings. Names in backticks
/// and placeholders (`?`, `$1`, `:name`, `@p1`) stay. One `?` replaces the rest of the text from
/// an ambiguous point, and after `IDENTIFIED`. The time is linear in the length.
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
    let mut clean = String::new();
    let mut copied = 0;
    let mut at = 0;
    while at < text.len() {
        let (end, substitute) = match text.get(at..).and_then(next_piece) {
            Some((length, None)) => {
                at += length;
                continue;
            }
            Some((length, Some(substitute))) => (at + length, substitute),
            None => (text.len(), "?"),
        };
        if text.get(at..end) != Some(substitute) {
            clean.push_str(text.get(copied..at).unwrap_or_default());
            clean.push_str(substitute);
            copied = end;
        }
        at = end;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    clean.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(clean)
}

/// The length of the next piece and its replacement; `None` if the rest must be removed.
type Piece = Option<(usize, Option<&'static str>)>;

fn next_piece(text: &str) -> Piece {
    let bytes = text.as_bytes();
    match bytes {
        [b'\'' | b'"', ..] => literal(string_end(bytes, false)?),
        [b'`', ..] => backticks(bytes),
        [b'[', inner @ ..] => brackets(inner),
        [b'$', ..] => dollar(text),
        [b'-', b'-', ..] | [b'#', ..] => line_comment(bytes),
        [b'/', b'*', ..] => block_comment(text),
        [b'0'..=b'9', ..] | [b'.', b'0'..=b'9', ..] => literal(number_end(bytes)),
        // A placeholder's name may begin with a digit.
        [b'?' | b':' | b'@', name @ ..] => {
            kept(1 + name.iter().take_while(|&&byte| is_word(byte)).count())
        }
        [first, ..] if is_word(*first) => word(bytes),
        _ => kept(text.chars().next()?.len_utf8()),
    }
}

fn kept(length: usize) -> Piece {
    Some((length, None))
}

fn literal(length: usize) -> Piece {
    Some((length, Some("?")))
}

/// Parses a keyword, a name, or a string with a prefix (`N'…'`, `E'…'`, `x'…'`, `q'[…]'`).
fn word(bytes: &[u8]) -> Piece {
    let length = bytes.iter().take_while(|&&byte| is_word(byte)).count();
    let (word, rest) = bytes.split_at_checked(length)?;
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    if is("identified") {
        // A password follows, without quotes in some dialects.
        return Some((bytes.len(), Some("IDENTIFIED ?")));
    }
    if !matches!(rest, [b'\'', ..]) {
        return kept(length);
    }
    if is("q") || is("nq") {
        return literal(length + oracle_end(rest)?);
    }
    let end = length + string_end(rest, is("e"))?;
    if ["b", "e", "n", "x"].into_iter().any(is) {
        literal(end)
    } else {
        kept(length)
    }
}

/// Returns the end of the string at the beginning of `bytes`.
///
/// A quote after a backslash ends the string in some dialects but not in others. It is accepted
/// only if the prefix decides (`escapes`).
fn string_end(bytes: &[u8], escapes: bool) -> Option<usize> {
    let (&quote, inner) = bytes.split_first()?;
    let mut at = 0;
    let mut slashes = 0;
    while let Some(&byte) = inner.get(at) {
        match byte {
            b'\\' => slashes += 1,
            _ if byte != quote => slashes = 0,
            _ if slashes % 2 == 1 && !escapes => return None,
            _ if slashes % 2 == 1 => slashes = 0,
            _ if inner.get(at + 1) == Some(&quote) => {
                at += 1;
                slashes = 0;
            }
            _ => return Some(at + 2),
        }
        at += 1;
    }
    None
}

/// Returns the end of `'[…]'`, which only the closing bracket and a quote end (Oracle).
fn oracle_end(bytes: &[u8]) -> Option<usize> {
    let [_, open, ..] = bytes else {
        return None;
    };
    let close = match open {
        b'[' => b']',
        b'(' => b')',
        b'{' => b'}',
        b'<' => b'>',
        other => *other,
    };
    let end = bytes
        .get(2..)?
        .windows(2)
        .position(|pair| pair == [close, b'\''])?;
    Some(end + 4)
}

/// Keeps a name in backticks, if it cannot be anything else.
fn backticks(bytes: &[u8]) -> Piece {
    let inner = bytes.get(1..)?;
    let length = inner.iter().position(|&byte| byte == b'`')?;
    let name = inner.get(..length)?;
    let plain = name
        .iter()
        .all(|&byte| is_word(byte) || matches!(byte, b' ' | b'.' | b'-'));
    let starts = name
        .first()
        .is_some_and(|&byte| is_word(byte) && !byte.is_ascii_digit());
    match inner.get(length + 1) {
        Some(b'`') => None,
        _ if plain && starts => kept(length + 2),
        _ => literal(length + 2),
    }
}

/// Continues inside brackets, unless they contain a quote: it is part of a name in one dialect
/// (T-SQL) and begins a string in another.
fn brackets(inner: &[u8]) -> Piece {
    let end = inner
        .iter()
        .find(|byte| matches!(byte, b']' | b'[' | b'\'' | b'"' | b'`'));
    if matches!(end, Some(b'\'' | b'"' | b'`')) {
        None
    } else {
        kept(1)
    }
}

/// Parses `$1`, or a string in dollar quotes (PostgreSQL).
fn dollar(text: &str) -> Piece {
    let bytes = text.as_bytes();
    let digits = bytes
        .iter()
        .skip(1)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if digits > 0 {
        return kept(1 + digits);
    }
    let tag = bytes
        .iter()
        .skip(1)
        .take_while(|&&byte| is_word(byte) && byte != b'$')
        .count();
    if bytes.get(tag + 1) != Some(&b'$') {
        return kept(1);
    }
    let (quote, body) = text.split_at_checked(tag + 2)?;
    literal(body.find(quote)? + 2 * quote.len())
}

/// Removes a comment to the end of its line.
///
/// Some dialects read it as an operator, so it must not contain the beginning of a string.
fn line_comment(bytes: &[u8]) -> Piece {
    let length = bytes
        .iter()
        .position(|byte| matches!(byte, b'\n' | b'\r'))
        .unwrap_or(bytes.len());
    let comment = bytes.get(..length)?;
    let comment_to_all = matches!(comment, [b'-', b'-'] | [b'-', b'-', b' ' | b'\t', ..]);
    let sound = comment_to_all
        || !comment
            .iter()
            .any(|byte| matches!(byte, b'\'' | b'"' | b'`' | b'$' | b'*'));
    sound.then_some((length, Some("")))
}

/// Removes a comment. Some dialects nest comments, and some execute `/*! … */`.
fn block_comment(text: &str) -> Piece {
    let body = text.get(2..)?;
    let length = body.find("*/")?;
    let comment = body.get(..length)?;
    let sound = !comment.contains("/*") && !comment.starts_with(['!', 'M']);
    // A blank separates the adjacent words.
    sound.then_some((length + 4, Some(" ")))
}

fn number_end(bytes: &[u8]) -> usize {
    let mut previous = b'0';
    let hex = matches!(bytes, [b'0', b'x' | b'X', ..]);
    let is_part = |&&byte: &&u8| {
        let sign = matches!(byte, b'+' | b'-') && matches!(previous, b'e' | b'E') && !hex;
        previous = byte;
        sign || byte == b'.' || is_word(byte)
    };
    bytes.iter().take_while(is_part).count()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
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
            "'", "\"", "`", "[", "[a", "$", "$a", "$a$", "-", "--\n", "/*", "/", "/**/", "#\n",
            "q'[", "E'\\", "1e", "\\", "'\\", "\u{e9}",
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
