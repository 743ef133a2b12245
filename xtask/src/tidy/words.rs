//! Words without relation to the project: paths of a machine, registry hosts, and how a text was written.

use super::{File, Finding};

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

/// Checks every text file except lock files and licences.
pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let ours = files
        .iter()
        .filter(|file| !file.has_extension("lock") && !is_licence(file));
    ours.flat_map(|file| {
        file.lines().filter_map(|(line, text)| {
            let word = found(text)?;
            let message = format!("`{word}` must not appear in the project's files");
            Some(Finding::new(&file.path, line, message))
        })
    })
    .collect()
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
        let files = [file("Cargo.lock"), file("LICENSE-MIT"), file("README.md")];
        assert_eq!(check(&files).len(), 1);
    }
}
