//! The files of SQLite.

use std::borrow::Cow;
use std::path::Path;

/// How a database of SQLite is opened once more, without making one where none is; `None` where another connection would
/// not see the same, as in memory.
pub(crate) fn existing(url: &str) -> Option<Cow<'_, str>> {
    let is_uri = ["file:", "sqlite:"].iter().any(|it| url.starts_with(it));
    if url.is_empty() || url.contains(":memory:") || (is_uri && url.contains("mode=memory")) {
        return None;
    }
    if !is_uri {
        return Path::new(url).is_file().then_some(Cow::Borrowed(url));
    }
    Some(match url.split_once('?') {
        Some((_, options)) if options.contains("mode=r") => {
            Cow::Owned(url.replace("mode=rwc", "mode=rw"))
        }
        Some(_) => Cow::Owned(format!("{url}&mode=rw")),
        None => Cow::Owned(format!("{url}?mode=rw")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_opened_that_is_in_memory_or_not_there() {
        for url in [
            "",
            ":memory:",
            "file::memory:",
            "file:x?mode=memory&cache=shared",
            "no-such.db",
        ] {
            assert_eq!(existing(url), None, "{url}");
        }
    }

    #[test]
    fn files_are_opened_and_never_made() {
        let own = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        assert_eq!(existing(own).as_deref(), Some(own));
        for (url, opened) in [
            ("file:a.db", "file:a.db?mode=rw"),
            (
                "sqlite://a.db?cache=private",
                "sqlite://a.db?cache=private&mode=rw",
            ),
            ("file:a.db?mode=rwc", "file:a.db?mode=rw"),
            ("file:a.db?mode=ro", "file:a.db?mode=ro"),
        ] {
            assert_eq!(existing(url).as_deref(), Some(opened));
        }
    }
}
