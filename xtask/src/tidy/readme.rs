//! The table of crates in the README lists the published crates, all of them and no others.

use super::{File, Finding};
use crate::workspace::{self, Package, Workspace};

/// How a row of the table begins.
const ROW: &str = "| `gomon-";

/// Holds the table against the workspace.
pub(super) fn check(workspace: &Workspace, files: &[File]) -> Vec<Finding> {
    let path = workspace::root().join("README.md");
    let Some(readme) = files.iter().find(|it| it.path == path) else {
        return vec![Finding::new(&path, 1, "the repository has no README.md")];
    };
    let published: Vec<_> = workspace
        .members()
        .filter(|it| it.is_published())
        .map(Package::name)
        .collect();
    differences(readme, &published)
}

fn differences(readme: &File, published: &[&str]) -> Vec<Finding> {
    let rows: Vec<_> = readme
        .lines()
        .filter_map(|(line, text)| Some((line, crate_of(text)?)))
        .collect();
    let end = rows.last().map_or(1, |(line, _)| *line);
    let mut seen = Vec::new();
    let mut findings = Vec::new();
    for (line, name) in rows {
        if seen.contains(&name) {
            let message = format!("`{name}` is in the table twice");
            findings.push(Finding::new(&readme.path, line, message));
        } else if !published.contains(&name) {
            let message = format!("`{name}` is no published crate of this workspace");
            findings.push(Finding::new(&readme.path, line, message));
        }
        seen.push(name);
    }
    findings.extend(
        published
            .iter()
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
        let published = ["gomon-core", "gomon-http"];
        differences(&readme, &published)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn full_table_passes_whatever_stands_beside_it() {
        assert!(
            told("| crate | for |\n| `gomon-core` | a |\n| `gomon-http` | b |\n| `toml` | c |")
                .is_empty()
        );
    }

    #[test]
    fn missing_strange_and_doubled_rows_are_named() {
        let told = told("\n| `gomon-core` | a |\n| `gomon-core` | a |\n| `gomon-sql` | b |\n");
        assert_eq!(
            told,
            [
                "README.md:3: `gomon-core` is in the table twice",
                "README.md:4: `gomon-sql` is no published crate of this workspace",
                "README.md:4: the table of crates does not list `gomon-http`",
            ]
        );
    }
}
