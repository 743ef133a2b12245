//! Tokens of SQL.
//!
//! A token is found by its first byte and ends where its dialect says. Each byte is read a bounded number of times, so
//! that the time is linear in the length of the text.

use super::Dialect;
use super::length::{self, Escapes, Shown};

/// A token at the start of a text.
///
/// # Examples
///
/// ```
/// use gomon_redact::sql::{Dialect, Token, TokenKind};
///
/// let token = Token::first(Dialect::PostgreSql, b"$$it's$$, 7").unwrap();
/// assert_eq!((token.kind, token.length), (TokenKind::String, 8));
/// assert!(Token::first(Dialect::PostgreSql, b"'no end").is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its kind.
    pub kind: TokenKind,
    /// Its length in bytes.
    pub length: usize,
}

/// Kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// One byte of white space.
    Blank,
    /// A comment, without the end of its line.
    Comment,
    /// A keyword, or a name without quotes.
    Word,
    /// A quoted name that may be shown. Double quotes of SQLite may be a string instead.
    Name,
    /// A number without its sign.
    Number,
    /// A string with its prefix, or a quoted name that may hold data.
    String,
    /// A placeholder with its name or number.
    Placeholder,
    /// An operator, a part of one, or another sign.
    Sign,
    /// `,`
    Comma,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[`, where it does not quote a name.
    Bracket,
    /// `.`
    Dot,
    /// `;`
    Semicolon,
}

impl Token {
    /// Returns the first token of a text.
    ///
    /// `None` means that the text is empty, or that its first token has no end, may end elsewhere in another dialect or
    /// mode of the server, or occurs in quotes only. Nothing from there on may be shown.
    #[inline]
    #[must_use]
    pub fn first(dialect: Dialect, text: &[u8]) -> Option<Self> {
        let (kind, length) = match text.first()? {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0c => (TokenKind::Blank, 1),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => word(dialect, text)?,
            b'0'..=b'9' => (TokenKind::Number, length::number(text, dialect)?),
            b'=' | b'<' | b'>' | b'!' | b'+' | b'*' | b'%' | b'&' | b'|' | b'^' | b'~' | b']'
            | b'{' | b'}' => (TokenKind::Sign, 1),
            b',' => (TokenKind::Comma, 1),
            b'(' => (TokenKind::Open, 1),
            b')' => (TokenKind::Close, 1),
            b';' => (TokenKind::Semicolon, 1),
            b'.' => match text {
                [_, b'0'..=b'9', ..] => (TokenKind::Number, length::number(text, dialect)?),
                _ => (TokenKind::Dot, 1),
            },
            b'\'' => string(text, Escapes::of(dialect))?,
            b'"' => match dialect {
                Dialect::PostgreSql => name(text, b'"', Shown::Name)?,
                // A string if no object has that name.
                Dialect::Sqlite => name(text, b'"', Shown::Words)?,
                Dialect::MySql | Dialect::Unknown => string(text, Escapes::of(dialect))?,
            },
            b'`' => match dialect {
                Dialect::MySql | Dialect::Sqlite => name(text, b'`', Shown::Name)?,
                Dialect::PostgreSql | Dialect::Unknown => name(text, b'`', Shown::Words)?,
            },
            b'[' => bracket(dialect, text)?,
            b'?' => question(dialect, text),
            b':' => colon(dialect, text),
            b'@' => at(dialect, text),
            b'$' => dollar(dialect, text)?,
            b'-' => minus(dialect, text)?,
            b'/' => match text {
                [_, b'*', ..] => (TokenKind::Comment, length::block_comment(text, dialect)?),
                _ => (TokenKind::Sign, 1),
            },
            b'#' => hash(dialect, text)?,
            // Occurs in quotes only.
            _ => return None,
        };
        Some(Self { kind, length })
    }
}

/// Kind and length of a token.
type Found = (TokenKind, usize);

/// Returns a word, or a string with a prefix.
#[inline]
fn word(dialect: Dialect, text: &[u8]) -> Option<Found> {
    let length = length::word(text);
    match text.get(length) {
        Some(b'\'') => before_quote(dialect, text, length),
        _ => Some((TokenKind::Word, length)),
    }
}

fn before_quote(dialect: Dialect, text: &[u8], length: usize) -> Option<Found> {
    let (word, quoted) = text.split_at_checked(length)?;
    let end = match word {
        [b'e' | b'E'] if matches!(dialect, Dialect::PostgreSql | Dialect::Unknown) => {
            length::string(quoted, Escapes::Backslash)?
        }
        [b'q' | b'Q'] | [b'n' | b'N', b'q' | b'Q'] if dialect == Dialect::Unknown => {
            length::oracle_string(quoted)?
        }
        [b'b' | b'B' | b'e' | b'E' | b'n' | b'N' | b'x' | b'X'] => {
            length::string(quoted, Escapes::of(dialect))?
        }
        _ => return Some((TokenKind::Word, length)),
    };
    Some((TokenKind::String, length + end))
}

fn string(text: &[u8], escapes: Escapes) -> Option<Found> {
    Some((TokenKind::String, length::string(text, escapes)?))
}

fn name(text: &[u8], close: u8, shown: Shown) -> Option<Found> {
    let (length, is_shown) = length::quoted_name(text, close, shown)?;
    let kind = if is_shown {
        TokenKind::Name
    } else {
        TokenKind::String
    };
    Some((kind, length))
}

fn bracket(dialect: Dialect, text: &[u8]) -> Option<Found> {
    match dialect {
        Dialect::Sqlite => return name(text, b']', Shown::Name),
        Dialect::Unknown => {
            // Some dialects quote names with it, and quotes may be part of a name.
            let mut inner = text.iter().skip(1);
            let end = inner.find(|byte| matches!(byte, b']' | b'[' | b'\'' | b'"' | b'`'));
            if matches!(end, Some(b'\'' | b'"' | b'`')) {
                return None;
            }
        }
        Dialect::PostgreSql | Dialect::MySql => {}
    }
    Some((TokenKind::Bracket, 1))
}

fn question(dialect: Dialect, text: &[u8]) -> Found {
    let digits = match dialect {
        Dialect::PostgreSql => 0,
        _ => length::digits_after_first(text),
    };
    (TokenKind::Placeholder, 1 + digits)
}

fn colon(dialect: Dialect, text: &[u8]) -> Found {
    match text {
        [_, b':', ..] => (TokenKind::Sign, 2),
        _ => at(dialect, text),
    }
}

/// Returns a placeholder with a name in some dialects, else a sign.
fn at(dialect: Dialect, text: &[u8]) -> Found {
    let name = length::word(text.get(1..).unwrap_or_default());
    if name > 0 && matches!(dialect, Dialect::Sqlite | Dialect::Unknown) {
        (TokenKind::Placeholder, 1 + name)
    } else {
        (TokenKind::Sign, 1)
    }
}

/// Returns a placeholder, or a string in dollar quotes. In MySQL, a word.
fn dollar(dialect: Dialect, text: &[u8]) -> Option<Found> {
    if dialect == Dialect::MySql {
        return word(dialect, text);
    }
    let digits = length::digits_after_first(text);
    if digits > 0 {
        return Some((TokenKind::Placeholder, 1 + digits));
    }
    if dialect != Dialect::Sqlite {
        let length = length::dollar_string(text)?;
        if length > 0 {
            return Some((TokenKind::String, length));
        }
    }
    match dialect {
        Dialect::PostgreSql => None,
        _ => Some((TokenKind::Placeholder, length::word(text))),
    }
}

fn minus(dialect: Dialect, text: &[u8]) -> Option<Found> {
    match (text, dialect) {
        // In MySQL, a comment needs a blank.
        ([_, b'-', after, ..], Dialect::MySql) if !after.is_ascii_whitespace() => {}
        ([_, b'-', after, ..], Dialect::Unknown) if !after.is_ascii_whitespace() => return None,
        ([_, b'-', ..], _) => {
            return Some((TokenKind::Comment, length::line_comment(text, dialect)?));
        }
        _ => {}
    }
    Some((TokenKind::Sign, 1))
}

/// Returns a comment in MySQL, an operator in PostgreSQL, and in an unknown dialect a comment without a string in it.
fn hash(dialect: Dialect, text: &[u8]) -> Option<Found> {
    match dialect {
        Dialect::PostgreSql => return Some((TokenKind::Sign, 1)),
        Dialect::Sqlite => return None,
        Dialect::MySql | Dialect::Unknown => {}
    }
    let length = length::line_comment(text, dialect)?;
    let begins_string = |byte: &u8| matches!(byte, b'\'' | b'"' | b'`' | b'$' | b'*');
    if dialect == Dialect::Unknown && text.get(..length)?.iter().any(begins_string) {
        return None;
    }
    Some((TokenKind::Comment, length))
}
