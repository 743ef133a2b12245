//! The repository's rules, each in a file of its own.

mod arrows;
mod folders;
mod manifest;
mod needs;
mod readme;
mod source;
mod words;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// Returns the lines of a source before its inline tests, numbered from one, without blank lines and comments.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().zip(text.lines().skip(1).chain([""]));
    lines
        .enumerate()
        .take_while(|(_, (line, next))| !(line.starts_with("#[cfg(") && is_test_module(line, next)))
        .map(|(index, (line, _))| (index + 1, line))
        .filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with("//"))
}

fn is_test_module(attribute: &str, next: &str) -> bool {
    let is_test = attribute == "#[cfg(test)]" || attribute.starts_with("#[cfg(all(test");
    is_test && next.starts_with("mod ") && next.ends_with('{')
}

/// Checks every rule and fails with the number of places that break one.
pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::load()?;
    let files = files()?;
    let mut findings = Vec::new();
    findings.extend(arrows::check(&workspace)?);
    findings.extend(manifest::check(&workspace)?);
    findings.extend(folders::check(&files));
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
    let mut list = Command::new("git");
    // Whoever checks may not be who owns the files, as in a container.
    list.args([
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let listed = shell::output(list.current_dir(workspace::root()))?;
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
    fn code_ends_where_inline_tests_begin() {
        let text = "#[cfg(test)]\nmod tests;\n\n// why\nfn f() {}\n#[cfg(test)]\nmod more {\n}\n";
        let lines: Vec<_> = code_lines(text).map(|(line, _)| line).collect();
        assert_eq!(lines, [1, 2, 5]);
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
