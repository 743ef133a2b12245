//! Rules of the repository, one per file.

mod arrows;
mod commits;
mod folders;
mod manifest;
mod needs;
mod prose;
mod readme;
mod source;
mod words;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::failure::{Context as _, Failure, Result};
use crate::shell::{self, git};
use crate::workspace::{self, Workspace};

/// A place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: PathBuf,
    line: usize,
    message: String,
}

impl Finding {
    /// Creates a finding at a line of a file, counted from one.
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

/// A text file of the repository.
#[derive(Debug)]
struct File {
    path: PathBuf,
    text: String,
}

impl File {
    /// Returns the lines with their numbers, counted from one.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }

    /// Returns a finding for each line with its message.
    fn findings(
        &self,
        found: impl IntoIterator<Item = (usize, String)>,
    ) -> impl Iterator<Item = Finding> {
        found
            .into_iter()
            .map(|(line, message)| Finding::new(&self.path, line, message))
    }

    fn has_extension(&self, extension: &str) -> bool {
        self.path
            .extension()
            .is_some_and(|found| found == extension)
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

/// Checks every rule, and prints and counts the findings.
pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::load()?;
    let files = files()?;
    let mut findings = Vec::new();
    findings.extend(arrows::check(&workspace)?);
    findings.extend(manifest::check(&workspace)?);
    findings.extend(readme::check(&workspace, &files));
    for file in &files {
        let package = workspace.member_of(&file.path);
        findings.extend(file.findings(folders::check(file)));
        findings.extend(file.findings(words::check(file)));
        findings.extend(file.findings(prose::check(file)));
        findings.extend(file.findings(source::check(file, package)));
        findings.extend(file.findings(needs::check(file, package)));
    }
    findings.extend(commits::check()?);
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

/// Returns every text file that is tracked by git, or would be.
fn files() -> Result<Vec<File>> {
    let mut list = git();
    list.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let listed = shell::output(&mut list)?;
    let paths = listed.split('\0').filter(|path| !path.is_empty());
    let mut files = Vec::new();
    for path in paths
        .map(|path| workspace::root().join(path))
        .filter(|path| path.is_file())
    {
        let bytes = std::fs::read(&path).context(path.display())?;
        // Files that are not UTF-8 are images or fuzz inputs, to which no rule applies.
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(File { path, text });
        }
    }
    Ok(files)
}

/// Returns the first line of a manifest that begins with `word`, or 1.
fn line_of(manifest: &str, word: &str) -> usize {
    manifest
        .lines()
        .position(|line| line.trim_start().starts_with(word))
        .map_or(1, |index| index + 1)
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
    fn files_exclude_build_output() {
        let files = files().unwrap();
        let target = workspace::root().join("target");
        assert!(
            files
                .iter()
                .any(|file| file.path.ends_with("xtask/src/tidy/mod.rs"))
        );
        assert!(!files.iter().any(|file| file.path.starts_with(&target)));
    }
}
