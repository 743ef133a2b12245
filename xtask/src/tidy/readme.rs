//! The table of crates in the README lists the published crates, all of them and no others, and the oldest Rust of each.

use super::{File, Finding};
use crate::workspace::{self, Workspace};

/// How a row of the table begins.
const ROW: &str = "| `gomon-";

/// Holds the table against the workspace.
pub(super) fn check(workspace: &Workspace, files: &[File]) -> Vec<Finding> {
    let path = workspace::root().join("README.md");
    let Some(readme) = files.iter().find(|it| it.path == path) else {
        return vec![Finding::new(&path, 1, "the repository has no README.md")];
    };
    let published = || workspace.members().filter(|it| it.is_published());
    let versions: Vec<_> = published()
        .map(|it| (it.name(), it.field("rust_version")))
        .collect();
    let own = published().filter_map(|it| {
        let path = it.folder().join("README.md");
        let readme = files.iter().find(|it| it.path == path)?;
        own_difference(readme, it.field("rust_version"))
    });
    differences(readme, &versions)
        .into_iter()
        .chain(own)
        .collect()
}

/// What a crate's own README says of the oldest Rust, if it is not so.
fn own_difference(readme: &File, version: &str) -> Option<Finding> {
    const SENTENCE: &str = "The oldest Rust it builds with is ";
    let said = readme.lines().find(|(_, text)| text.starts_with(SENTENCE));
    let is_so = |text: &str| {
        let rest = text
            .strip_prefix(SENTENCE)
            .and_then(|it| it.strip_prefix(version));
        rest.is_some_and(|it| it.starts_with(['.', ',']) && !it.starts_with(".0"))
    };
    match said {
        Some((_, text)) if is_so(text) => None,
        said => {
            let line = said.map_or(1, |(line, _)| line);
            let message = format!("expected a line \"{SENTENCE}{version}.\"");
            Some(Finding::new(&readme.path, line, message))
        }
    }
}

/// `published` are the crates, each with the oldest Rust that it promises.
fn differences(readme: &File, published: &[(&str, &str)]) -> Vec<Finding> {
    let rows: Vec<_> = readme
        .lines()
        .filter_map(|(line, text)| Some((line, crate_of(text)?, text)))
        .collect();
    let end = rows.last().map_or(1, |(line, ..)| *line);
    let mut seen = Vec::new();
    let mut findings = Vec::new();
    for (line, name, text) in rows {
        let version = published.iter().find(|(it, _)| *it == name).map(|it| it.1);
        if seen.contains(&name) {
            let message = format!("`{name}` is in the table twice");
            findings.push(Finding::new(&readme.path, line, message));
        } else if version.is_none() {
            let message = format!("`{name}` is no published crate of this workspace");
            findings.push(Finding::new(&readme.path, line, message));
        } else if let Some(version) = version
            && !text.split('|').any(|cell| cell.trim() == version)
        {
            let message = format!("the oldest Rust of `{name}` is {version}");
            findings.push(Finding::new(&readme.path, line, message));
        }
        seen.push(name);
    }
    findings.extend(
        published
            .iter()
            .map(|(name, _)| name)
            .filter(|it| !seen.contains(it))
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

    fn told(table: &str) -> Vec<String> {
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
    fn full_table_passes_whatever_stands_beside_it() {
        assert!(
            told("| crate | for |\n| `gomon-core` | a | 1.88 |\n| `gomon-http` | 1.9 | b |\n| `toml` | c |")
                .is_empty()
        );
    }

    #[test]
    fn missing_strange_and_doubled_rows_are_named() {
        let told = told("\n| `gomon-core` | 1.88 |\n| `gomon-core` | a |\n| `gomon-sql` | b |\n");
        assert_eq!(
            told,
            [
                "README.md:3: `gomon-core` is in the table twice",
                "README.md:4: `gomon-sql` is no published crate of this workspace",
                "README.md:4: the table of crates does not list `gomon-http`",
            ]
        );
    }

    #[test]
    fn oldest_rust_that_is_another_is_named() {
        let told = told("| `gomon-core` | 1.8 |\n| `gomon-http` | 1.9 |");
        assert_eq!(
            told,
            ["README.md:1: the oldest Rust of `gomon-core` is 1.88"]
        );
    }

    #[test]
    fn readme_of_a_crate_says_the_same() {
        let told = |text: &str| {
            let readme = File {
                path: "README.md".into(),
                text: format!("# A\n\n{text}\n"),
            };
            own_difference(&readme, "1.88").map(|it| it.line)
        };
        for text in ["with is 1.88.", "with is 1.88, as x does."] {
            assert_eq!(told(&format!("The oldest Rust it builds {text}")), None);
        }
        for text in ["with is 1.87.", "with is 1.880.", "with is 1.88.0."] {
            assert_eq!(told(&format!("The oldest Rust it builds {text}")), Some(3));
        }
        assert_eq!(told("It builds with any."), Some(1));
    }
}
