//! Words of the servers' and libraries' own messages.

use std::cmp::Ordering;

/// Sorted, one word per line, in lower case: words of several messages of PostgreSQL, libpq, MariaDB or SQLite, words
/// of SQL, and those of sqlx, diesel and rustls.
const WORDS: &str = include_str!("words.txt");

/// Maximum length of a word; longer words are unknown.
const MAX_BYTES: usize = 24;

/// Returns whether messages of databases contain this word, in any case.
pub(super) fn is_known(word: &str) -> bool {
    let mut lower = [0; MAX_BYTES];
    let Some(lower) = lower.get_mut(..word.len()) else {
        return false;
    };
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    find(WORDS.as_bytes(), lower)
}

/// Binary search over bytes: each probe is moved to the line that contains it.
fn find(lines: &[u8], word: &[u8]) -> bool {
    let mut left = lines;
    while !left.is_empty() {
        let (before, after) = left.split_at(left.len() / 2);
        let start = before
            .iter()
            .rposition(|&it| it == b'\n')
            .map_or(0, |it| it + 1);
        let end = after.iter().position(|&it| it == b'\n');
        let end = end.map_or(left.len(), |it| before.len() + it);
        let line = left.get(start..end).unwrap_or_default();
        let rest = match line.cmp(word) {
            Ordering::Equal => return !word.is_empty(),
            Ordering::Less => left.get(end + 1..),
            Ordering::Greater => left.get(..start),
        };
        left = rest.unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted_and_short_enough_to_be_found() {
        let words: Vec<_> = WORDS.lines().collect();
        assert!(words.is_sorted() && words.len() > 1000);
        for word in words {
            assert!(is_known(word), "{word}");
            assert!(is_known(&word.to_ascii_uppercase()), "{word}");
            assert!(!is_known(&format!("{word}~")), "{word}");
        }
    }

    #[test]
    fn others_are_not_known() {
        for word in [
            "",
            "\n",
            "a\nable",
            "hunter2",
            "~",
            "0",
            "é",
            "straße",
            &"a".repeat(25),
        ] {
            assert!(!is_known(word), "{word:?}");
        }
    }
}
