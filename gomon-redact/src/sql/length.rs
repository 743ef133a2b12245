//! Lengths of tokens, by dialect.
//!
//! Every function takes the bytes from the start of a token and returns its length. `None` means that the token has no
//! end, or that it is ambiguous between dialects or modes of a database, so that nothing after it may be shown.

use super::Dialect;

/// Returns whether the byte may begin a word.
const fn begins_word(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80..)
}

/// Returns whether the byte may continue a word.
const fn is_word(byte: u8) -> bool {
    begins_word(byte) || matches!(byte, b'0'..=b'9' | b'$')
}

/// Returns the length of a word.
#[inline]
pub(super) fn word(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|&byte| !is_word(byte))
        .unwrap_or(bytes.len())
}

/// Returns the number of digits after the first byte.
pub(super) fn digits_after_first(bytes: &[u8]) -> usize {
    let after = bytes.iter().skip(1);
    after.take_while(|byte| byte.is_ascii_digit()).count()
}

/// Returns the length of a number, with the letters that some servers read as part of it and others as a name after it.
pub(super) fn number(bytes: &[u8], dialect: Dialect) -> Option<usize> {
    let hex = matches!(bytes, [b'0', b'x' | b'X', ..]);
    let quotes = matches!(dialect, Dialect::PostgreSql | Dialect::Unknown);
    let mut at = 0;
    let mut letters = false;
    loop {
        match bytes.get(at..)? {
            [b'e' | b'E', b'+' | b'-', b'0'..=b'9', ..] if !hex => at += 3,
            [b'$', ..] if quotes => break,
            [byte, ..] if *byte == b'.' || is_word(*byte) => {
                letters |= begins_word(*byte);
                at += 1;
            }
            _ => break,
        }
    }
    // The last letter may be the prefix of a string.
    let is_clear = !(letters && matches!(bytes.get(at), Some(b'\'' | b'$')));
    is_clear.then_some(at)
}

/// Escape of a quote in a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    /// By doubling it only.
    Doubled,
    /// Also by a backslash: `E'…'`.
    Backslash,
    /// By a backslash in some modes of the server.
    Unclear,
}

impl Escapes {
    /// Returns the escapes of a string without a prefix.
    pub(super) fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Sqlite => Self::Doubled,
            // PostgreSQL's `standard_conforming_strings` and MySQL's `NO_BACKSLASH_ESCAPES` decide.
            Dialect::MySql | Dialect::PostgreSql | Dialect::Unknown => Self::Unclear,
        }
    }
}

/// Returns the length of a string.
pub(super) fn string(bytes: &[u8], escapes: Escapes) -> Option<usize> {
    let (&quote, _) = bytes.split_first()?;
    let mut at = 1;
    loop {
        let inner = bytes.get(at..)?;
        at += inner
            .iter()
            .position(|&byte| byte == quote || byte == b'\\' || byte == 0)?;
        match bytes.get(at..)? {
            [0, ..] => return None,
            [b'\\', next, ..] => {
                at += 2;
                match escapes {
                    Escapes::Doubled => at -= 1,
                    Escapes::Backslash => {}
                    Escapes::Unclear if *next == quote => return None,
                    // `\\` is one character or two, and neither ends the string.
                    Escapes::Unclear => {}
                }
            }
            [_, next, ..] if *next == quote => at += 2,
            [_, ..] if bytes.get(at) == Some(&quote) => return Some(at + 1),
            _ => return None,
        }
    }
}

/// Returns the length of `'[…]'`, which only the closing bracket and a quote end (Oracle).
pub(super) fn oracle_string(bytes: &[u8]) -> Option<usize> {
    let [_, open, body @ ..] = bytes else {
        return None;
    };
    let close = match open {
        b'[' => b']',
        b'(' => b')',
        b'{' => b'}',
        b'<' => b'>',
        other => *other,
    };
    let end = body.windows(2).position(|pair| pair == [close, b'\''])?;
    Some(end + 4)
}

/// Returns the length of a comment to the end of its line, from its first dash or hash.
pub(super) fn line_comment(bytes: &[u8], dialect: Dialect) -> Option<usize> {
    let end = bytes
        .iter()
        .position(|byte| matches!(byte, b'\n' | b'\r' | 0));
    let Some(end) = end else {
        return Some(bytes.len());
    };
    match (bytes.get(end..)?, dialect) {
        ([0, ..], _) => None,
        // Some servers read on until the line feed.
        ([b'\r', next, ..], Dialect::MySql | Dialect::Sqlite | Dialect::Unknown)
            if *next != b'\n' =>
        {
            None
        }
        _ => Some(end),
    }
}

/// Returns the length of a comment from `/*`.
pub(super) fn block_comment(bytes: &[u8], dialect: Dialect) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        let inner = bytes.get(at..)?;
        at += inner
            .iter()
            .position(|&byte| matches!(byte, b'*' | b'/' | 0))?;
        match (bytes.get(at..)?, dialect) {
            ([0, ..], _) => return None,
            ([b'/', b'*', ..], Dialect::PostgreSql) => {
                depth += 1;
                at += 2;
            }
            ([b'/', b'*', b'!' | b'M', ..], Dialect::MySql) if depth == 0 => {
                // MySQL executes it, so strings may hide its end.
                let end = executable_length(bytes.get(at..)?)?;
                return Some(at + end);
            }
            ([b'/', b'*', ..], Dialect::MySql | Dialect::Sqlite) if depth == 0 => {
                depth = 1;
                at += 2;
            }
            ([b'/', b'*', ..], Dialect::Unknown) => {
                if depth > 0 || matches!(bytes.get(at + 2), Some(b'!' | b'M')) {
                    return None;
                }
                depth = 1;
                at += 2;
            }
            ([b'*', b'/', ..], _) => {
                at += 2;
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => at += 1,
        }
    }
}

fn executable_length(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(2).position(|pair| pair == b"*/")?;
    let inner = bytes.get(2..end)?;
    let clear = !inner
        .iter()
        .any(|byte| matches!(byte, b'\'' | b'"' | b'`' | b'#' | b'-' | b'*' | 0));
    clear.then_some(end + 2)
}

/// Returns the length of a dollar-quoted string, from its first dollar; zero if it is not one.
pub(super) fn dollar_string(bytes: &[u8]) -> Option<usize> {
    let tag = bytes
        .iter()
        .skip(1)
        .position(|&byte| byte == b'$' || !is_word(byte));
    let Some(tag) = tag.filter(|&tag| bytes.get(tag + 1) == Some(&b'$')) else {
        return Some(0);
    };
    let (quote, body) = bytes.split_at_checked(tag + 2)?;
    let mut at = 0;
    loop {
        let rest = body.get(at..)?;
        at += rest.iter().position(|&byte| byte == b'$')?;
        let rest = body.get(at..)?;
        if rest.starts_with(quote) {
            return Some(quote.len() * 2 + at);
        }
        // The dollar that ends a non-quote may begin one. A tag contains no dollar, so each byte is read once.
        at += 1 + rest
            .iter()
            .skip(1)
            .take_while(|&&byte| byte != b'$')
            .count();
    }
}

/// What a quoted name may contain to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Anything but control characters, in quotes that never hold data.
    Name,
    /// Characters of a word, blanks, dots and dashes, in quotes that may hold data.
    Words,
}

/// Returns the length of a quoted name, and whether it may be shown.
pub(super) fn quoted_name(bytes: &[u8], close: u8, shown: Shown) -> Option<(usize, bool)> {
    let mut at = 1;
    loop {
        let inner = bytes.get(at..)?;
        at += inner.iter().position(|&byte| byte == close || byte == 0)?;
        match bytes.get(at..)? {
            [0, ..] => return None,
            [_, next, ..] if *next == close && close != b']' => at += 2,
            _ => break,
        }
    }
    let name = bytes.get(1..at)?;
    let is_shown = match shown {
        Shown::Name => !name.is_empty() && !name.iter().any(u8::is_ascii_control),
        Shown::Words => {
            let plain = |&byte: &u8| is_word(byte) || matches!(byte, b' ' | b'.' | b'-');
            name.iter().all(plain) && name.first().is_some_and(|&byte| begins_word(byte))
        }
    };
    Some((at + 1, is_shown && name.len() <= 128))
}
