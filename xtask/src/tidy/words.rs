//! Words without relation to the project: paths of a machine, registry hosts, and how a text was written.

use super::File;

/// Split, so that this file does not contain them.
const WORDS: [&str; 10] = [
    concat!("/wo", "rk/"),
    concat!("/fa", "rm/"),
    concat!("/ro", "ot/"),
    concat!("/tm", "p/bash_jobs"),
    concat!("crates", ".io"),
    concat!("deb", ".debian"),
    concat!("pypi", ".org"),
    concat!("npmjs", "."),
    concat!("AI ", "agent"),
    concat!("sub", "agent"),
];

/// Checks a text file, unless it is a lock file or licence.
pub(super) fn check(file: &File) -> Vec<(usize, String)> {
    if file.has_extension("lock") || is_licence(file) {
        return Vec::new();
    }
    let found = file.lines().filter_map(|(line, text)| {
        let message = format!("`{}` must not appear in the project's files", found(text)?);
        Some((line, message))
    });
    found.collect()
}

fn is_licence(file: &File) -> bool {
    file.path
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with("LICENSE"))
}

fn found(line: &str) -> Option<&'static str> {
    WORDS.into_iter().find(|word| line.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found() {
        for word in WORDS {
            assert_eq!(found(&format!("see {word}x")), Some(word));
        }
    }

    #[test]
    fn similar_words_pass() {
        assert_eq!(found("the root/ of a crate is worked on"), None);
    }

    #[test]
    fn lock_files_and_licences_are_excluded() {
        let text = WORDS[4].to_owned();
        let file = |path: &str| File {
            path: path.into(),
            text: text.clone(),
        };
        assert!(check(&file("Cargo.lock")).is_empty());
        assert!(check(&file("LICENSE-MIT")).is_empty());
        assert_eq!(check(&file("README.md")).len(), 1);
    }
}
