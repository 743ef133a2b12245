//! Maximum file length, and examples and tests that never run.

use std::path::Path;

use super::{File, Finding, code_lines};
use crate::workspace::Workspace;

/// Maximum number of code lines in a library's file: no blank lines, comments or tests.
const MAX_LINES: usize = 400;

const IGNORED_TEST: &str = concat!("#[", "ignore]");
const IGNORED_EXAMPLES: [&str; 3] = [
    concat!("```", "ignore"),
    concat!("```", "rust,ignore"),
    concat!("```", "rust, ignore"),
];

/// Checks all sources and Markdown files.
pub(super) fn check(workspace: &Workspace, files: &[File]) -> Vec<Finding> {
    let published: Vec<_> = workspace
        .members()
        .filter(|package| package.is_published())
        .collect();
    let sources: Vec<_> = published
        .iter()
        .map(|package| package.folder().join("src"))
        .collect();
    let mut findings = Vec::new();
    for file in files {
        let is_rust = file.has_extension("rs");
        // `mod tests;` moves tests to a file of this name.
        let is_tests = file.path.ends_with("tests.rs");
        if is_rust && !is_tests && sources.iter().any(|folder| file.path.starts_with(folder)) {
            findings.extend(library(&file.path, &file.text));
        }
        if is_rust || file.has_extension("md") {
            findings.extend(file.lines().filter_map(|(line, text)| {
                everywhere(text).map(|why| Finding::new(&file.path, line, why))
            }));
        }
    }
    findings
}

fn library(path: &Path, text: &str) -> Option<Finding> {
    let length = code_lines(text).count();
    let (line, _) = code_lines(text).nth(MAX_LINES)?;
    let why = format!("{length} code lines, more than {MAX_LINES}: one concept?");
    Some(Finding::new(path, line, why))
}

fn everywhere(line: &str) -> Option<&'static str> {
    let doc = line
        .trim_start()
        .trim_start_matches(['/', '!', '*'])
        .trim_start();
    if line.trim_start().starts_with(IGNORED_TEST) {
        Some("an ignored test must state a reason: `#[ignore = \"…\"]`")
    } else if IGNORED_EXAMPLES.iter().any(|fence| doc.starts_with(fence)) {
        Some("an example that is never compiled")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Option<usize> {
        library(Path::new("a.rs"), text).map(|finding| finding.line)
    }

    #[test]
    fn only_code_before_the_tests_counts() {
        let long = "a();\n\n// why\n".repeat(MAX_LINES);
        assert_eq!(
            line(&format!("{long}#[cfg(test)]\nmod tests {{\n}}\n")),
            None
        );
        assert_eq!(line(&format!("{long}b();\n")), Some(MAX_LINES * 3 + 1));
    }

    #[test]
    fn ignored_examples_and_tests_are_found() {
        assert!(everywhere(&format!("    /// {}", IGNORED_EXAMPLES[0])).is_some());
        assert!(everywhere(&format!("    {IGNORED_TEST}")).is_some());
        assert!(everywhere("#[ignore = \"needs redis: cargo xtask integration-test\"]").is_none());
        assert!(everywhere("/// ```no_run").is_none());
    }
}
