//! The repository's rules, each in a file of its own.

mod arrows;
mod lib_file;
mod manifest;
mod needs;
mod readme;
mod source;
mod words;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::failure::{Context as _, Failure, Result};
use crate::shell;
use crate::workspace::{self, Workspace};

/// A place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: PathBuf,
    line: usize,
    message: String,
}

impl Finding {
    /// At a line of a file, counted from one.
    fn new(path: &Path, line: usize, message: impl Into<String>) -> Self {
        let path = path
            .strip_prefix(workspace::root())
            .unwrap_or(path)
            .to_owned();
        Self {
            path,
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.message)
    }
}

/// A file of the repository that is text.
#[derive(Debug)]
struct File {
    path: PathBuf,
    text: String,
}

impl File {
    /// The lines with their numbers from one.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }

    fn has_extension(&self, extension: &str) -> bool {
        self.path.extension().is_some_and(|it| it == extension)
    }
}

/// Checks every rule and fails with the number of places that break one.
pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::load()?;
    let files = files()?;
    let mut findings = Vec::new();
    findings.extend(arrows::check(&workspace)?);
    findings.extend(manifest::check(&workspace)?);
    findings.extend(lib_file::check(&workspace)?);
    findings.extend(needs::check(&workspace, &files));
    findings.extend(source::check(&workspace, &files));
    findings.extend(words::check(&files));
    findings.extend(readme::check(&workspace, &files));
    for finding in &findings {
        eprintln!("{finding}");
    }
    match findings.len() {
        0 => {
            println!(
                "{} files, {} crates: tidy",
                files.len(),
                workspace.members().count()
            );
            Ok(())
        }
        count => Err(Failure::new(format!(
            "{count} place(s) break a rule of the repository"
        ))),
    }
}

/// Every text file that is, or would be, under version control.
fn files() -> Result<Vec<File>> {
    let mut list = shell::git();
    list.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let listed = shell::output(&mut list)?;
    let paths = listed.split('\0').filter(|it| !it.is_empty());
    let mut files = Vec::new();
    for path in paths
        .map(|it| workspace::root().join(it))
        .filter(|it| it.is_file())
    {
        let bytes = std::fs::read(&path).context(path.display())?;
        // What is not UTF-8 is an image or a corpus, to which no rule applies.
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(File { path, text });
        }
    }
    Ok(files)
}

/// The line on which a manifest speaks of `word`, else its first.
fn line_of(manifest: &str, word: &str) -> usize {
    manifest
        .lines()
        .position(|it| it.trim_start().starts_with(word))
        .map_or(1, |it| it + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finding_names_file_and_line() {
        let path = workspace::root().join("gomon-core/src/lib.rs");
        let finding = Finding::new(&path, 7, "too long");
        assert_eq!(finding.to_string(), "gomon-core/src/lib.rs:7: too long");
    }

    #[test]
    fn files_hold_what_git_knows_and_nothing_built() {
        let files = files().unwrap();
        let target = workspace::root().join("target");
        assert!(
            files
                .iter()
                .any(|it| it.path.ends_with("xtask/src/tidy/mod.rs"))
        );
        assert!(!files.iter().any(|it| it.path.starts_with(&target)));
    }
}
