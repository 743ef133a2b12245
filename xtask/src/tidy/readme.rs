//! Table of crates in the README: exactly the published crates, each with its minimum Rust version.

use super::{File, Finding};
use crate::workspace::{self, Workspace};

/// Start of a table row.
const ROW: &str = "| `gomon-";

/// Checks the table and the README of each published crate.
pub(super) fn check(workspace: &Workspace, files: &[File]) -> Vec<Finding> {
    let path = workspace::root().join("README.md");
    let Some(readme) = files.iter().find(|file| file.path == path) else {
        return vec![Finding::new(&path, 1, "the repository has no README.md")];
    };
    let published = || workspace.members().filter(|package| package.is_published());
    let versions: Vec<_> = published()
        .map(|package| (package.name(), package.field("rust_version")))
        .collect();
    let own = published().filter_map(|package| {
        let path = package.folder().join("README.md");
        let readme = files.iter().find(|file| file.path == path)?;
        own_difference(readme, package.field("rust_version"))
    });
    differences(readme, &versions)
        .into_iter()
        .chain(own)
        .collect()
}

/// Checks that a crate's README states its minimum Rust version.
fn own_difference(readme: &File, version: &str) -> Option<Finding> {
    const SENTENCE: &str = "The oldest Rust it builds with is ";
    let stated = readme.lines().find(|(_, text)| text.starts_with(SENTENCE));
    let is_correct = |text: &str| {
        let rest = text
            .strip_prefix(SENTENCE)
            .and_then(|rest| rest.strip_prefix(version));
        rest.is_some_and(|rest| rest.starts_with(['.', ',']) && !rest.starts_with(".0"))
    };
    match stated {
        Some((_, text)) if is_correct(text) => None,
        stated => {
            let line = stated.map_or(1, |(line, _)| line);
            let message = format!("expected a line \"{SENTENCE}{version}.\"");
            Some(Finding::new(&readme.path, line, message))
        }
    }
}

/// Compares the table with the published crates and their minimum Rust versions.
fn differences(readme: &File, published: &[(&str, &str)]) -> Vec<Finding> {
    let rows: Vec<_> = readme
        .lines()
        .filter_map(|(line, text)| Some((line, crate_of(text)?, text)))
        .collect();
    let end = rows.last().map_or(1, |(line, ..)| *line);
    let mut seen = Vec::new();
    let mut findings = Vec::new();
    for (line, name, text) in rows {
        let version = published
            .iter()
            .find(|(own, _)| *own == name)
            .map(|(_, version)| *version);
        if seen.contains(&name) {
            let message = format!("`{name}` is in the table twice");
            findings.push(Finding::new(&readme.path, line, message));
        } else if version.is_none() {
            let message = format!("`{name}` is not a published crate of this workspace");
            findings.push(Finding::new(&readme.path, line, message));
        } else if let Some(version) = version
            && !text.split('|').any(|cell| cell.trim() == version)
        {
            let message = format!("the minimum Rust version of `{name}` is {version}");
            findings.push(Finding::new(&readme.path, line, message));
        }
        seen.push(name);
    }
    findings.extend(
        published
            .iter()
            .map(|(name, _)| name)
            .filter(|name| !seen.contains(name))
            .map(|name| {
                let message = format!("the table of crates does not list `{name}`");
                Finding::new(&readme.path, end, message)
            }),
    );
    findings
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
        differences(&readme, &published)
            .iter()
            .map(ToString::to_string)
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
            own_difference(&readme, "1.88").map(|finding| finding.line)
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
