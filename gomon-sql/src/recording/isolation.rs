//! Isolation that a statement requests for its transaction.

/// Names of isolations in statements.
const LEVELS: [&str; 8] = [
    "serializable",
    "repeatable read",
    "read committed",
    "read uncommitted",
    "immediate",
    "exclusive",
    "deferred",
    "consistent snapshot",
];

/// Returns the isolation that a `BEGIN` or `START TRANSACTION` requests: a level of the standard, or its substitute in
/// the database.
pub(super) fn isolation(begin: &str) -> Option<&'static str> {
    // No statement that databases accept is longer.
    let begin = begin.get(..begin.len().min(200)).unwrap_or_default();
    let words: Vec<_> = begin
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let words = words.join(" ");
    LEVELS.into_iter().find(|level| words.contains(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_found_however_they_are_written() {
        for (begin, level) in [
            ("BEGIN ISOLATION LEVEL SERIALIZABLE", Some("serializable")),
            (
                "start transaction isolation level  repeatable\n read, read only",
                Some("repeatable read"),
            ),
            (
                "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
                Some("repeatable read"),
            ),
            ("BEGIN IMMEDIATE", Some("immediate")),
            ("BEGIN", None),
            ("", None),
        ] {
            assert_eq!(isolation(begin), level, "{begin}");
        }
    }

    #[test]
    fn long_text_is_not_searched_to_its_end() {
        let long = format!("BEGIN {} IMMEDIATE", "x ".repeat(10_000));
        assert_eq!(isolation(&long), None);
        assert_eq!(isolation(&"é".repeat(1000)), None);
    }
}
