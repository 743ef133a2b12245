//! Words of the servers' and libraries' own messages.

use std::collections::HashSet;
use std::sync::LazyLock;

/// One word per line, in lower case: words of several messages of PostgreSQL, libpq, MariaDB or SQLite, words of SQL, and
/// those of sqlx, diesel and rustls.
const LIST: &str = include_str!("words.txt");
static WORDS: LazyLock<HashSet<&[u8]>> =
    LazyLock::new(|| LIST.lines().map(str::as_bytes).collect());

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
    WORDS.contains(&*lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted_and_short_enough_to_be_found() {
        let words: Vec<_> = LIST.lines().collect();
        assert!(words.is_sorted() && words.len() > 1000);
        for word in words {
            assert!(is_known(word), "{word}");
            assert!(is_known(&word.to_ascii_uppercase()), "{word}");
            assert!(!is_known(&format!("{word}~")), "{word}");
        }
    }

    #[test]
    fn other_words_are_unknown() {
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
