//! Table of crates in the README: exactly the published crates, each with its minimum Rust version.

use std::path::Path;

use super::{File, Finding};
use crate::workspace::{self, Workspace};

/// Start of a table row.
const ROW: &str = "| `gomon-";

/// Checks the table and the README of each published crate.
pub(super) fn check(workspace: &Workspace, files: &[File]) -> Vec<Finding> {
    let path = workspace::root().join("README.md");
    let of = |path: &Path| files.iter().find(|file| file.path == path);
    let Some(readme) = of(&path) else {
        return vec![Finding::new(&path, 1, "the repository has no README.md")];
    };
    let mut findings = Vec::new();
    let mut published = Vec::new();
    for package in workspace.members().filter(|package| package.is_published()) {
        let version = package.field("rust_version");
        published.push((package.name(), version));
        if let Some(own) = of(&package.folder().join("README.md")) {
            findings.extend(own.findings(own_difference(own, version)));
        }
    }
    findings.extend(readme.findings(differences(readme, &published)));
    findings
}

/// Checks that a crate's README states its minimum Rust version.
fn own_difference(readme: &File, version: &str) -> Option<(usize, String)> {
    const SENTENCE: &str = "The oldest Rust it builds with is ";
    let stated = readme
        .lines()
        .find_map(|(line, text)| Some((line, text.strip_prefix(SENTENCE)?)));
    let (line, rest) = stated.unwrap_or((1, ""));
    let rest = rest.strip_prefix(version).unwrap_or_default();
    let is_correct = rest.starts_with(['.', ',']) && !rest.starts_with(".0");
    (!is_correct).then(|| (line, format!("expected a line \"{SENTENCE}{version}.\"")))
}

/// Compares the table with the published crates and their minimum Rust versions.
fn differences(readme: &File, published: &[(&str, &str)]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut seen = Vec::new();
    let mut end = 1;
    for (line, text) in readme.lines() {
        let Some(name) = crate_of(text) else { continue };
        let version = published.iter().find(|(own, _)| *own == name);
        let has = |version: &str| text.split('|').any(|cell| cell.trim() == version);
        let message = match version {
            _ if seen.contains(&name) => Some(format!("`{name}` is in the table twice")),
            None => Some(format!(
                "`{name}` is not a published crate of this workspace"
            )),
            Some((_, version)) if !has(version) => {
                Some(format!("the minimum Rust version of `{name}` is {version}"))
            }
            Some(_) => None,
        };
        found.extend(message.map(|message| (line, message)));
        seen.push(name);
        end = line;
    }
    let missing = published.iter().filter(|(name, _)| !seen.contains(name));
    found.extend(missing.map(|(name, _)| {
        let message = format!("the table of crates does not list `{name}`");
        (end, message)
    }));
    found
}

fn crate_of(line: &str) -> Option<&str> {
    let name = line.strip_prefix("| `")?.split('`').next()?;
    line.starts_with(ROW).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(table: &str) -> Vec<String> {
        let readme = File {
            path: "README.md".into(),
            text: table.to_owned(),
        };
        let published = [("gomon-core", "1.88"), ("gomon-http", "1.9")];
        let found = differences(&readme, &published);
        readme
            .findings(found)
            .map(|finding| finding.to_string())
            .collect()
    }

    #[test]
    fn complete_table_passes_with_other_columns() {
        assert!(
            messages("| crate | for |\n| `gomon-core` | a | 1.88 |\n| `gomon-http` | 1.9 | b |\n| `toml` | c |")
                .is_empty()
        );
    }

    #[test]
    fn missing_unknown_and_duplicate_rows_are_found() {
        let messages =
            messages("\n| `gomon-core` | 1.88 |\n| `gomon-core` | a |\n| `gomon-sql` | b |\n");
        assert_eq!(
            messages,
            [
                "README.md:3: `gomon-core` is in the table twice",
                "README.md:4: `gomon-sql` is not a published crate of this workspace",
                "README.md:4: the table of crates does not list `gomon-http`",
            ]
        );
    }

    #[test]
    fn wrong_rust_version_is_found() {
        let messages = messages("| `gomon-core` | 1.8 |\n| `gomon-http` | 1.9 |");
        assert_eq!(
            messages,
            ["README.md:1: the minimum Rust version of `gomon-core` is 1.88"]
        );
    }

    #[test]
    fn readme_of_a_crate_states_its_rust_version() {
        let line = |text: &str| {
            let readme = File {
                path: "README.md".into(),
                text: format!("# A\n\n{text}\n"),
            };
            own_difference(&readme, "1.88").map(|(line, _)| line)
        };
        for text in ["with is 1.88.", "with is 1.88, as x does."] {
            assert_eq!(line(&format!("The oldest Rust it builds {text}")), None);
        }
        for text in ["with is 1.87.", "with is 1.880.", "with is 1.88.0."] {
            assert_eq!(line(&format!("The oldest Rust it builds {text}")), Some(3));
        }
        assert_eq!(line("It builds with any."), Some(1));
    }
}
