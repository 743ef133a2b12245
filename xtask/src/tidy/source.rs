//! Maximum file length, and examples that never run.

use super::{File, code_lines};
use crate::workspace::Package;

/// Maximum number of code lines in a library's file: no blank lines, comments or tests.
const MAX_LINES: usize = 400;

const IGNORED_EXAMPLES: [&str; 3] = [
    concat!("```", "ignore"),
    concat!("```", "rust,ignore"),
    concat!("```", "rust, ignore"),
];

/// Checks a source or Markdown file of `package`.
pub(super) fn check(file: &File, package: Option<Package<'_>>) -> Vec<(usize, String)> {
    let is_rust = file.has_extension("rs");
    let is_library = package.is_some_and(|package| {
        package.is_published() && file.path.starts_with(package.folder().join("src"))
    });
    let mut found = Vec::new();
    // `mod tests;` moves tests to a file of this name.
    if is_rust && is_library && !file.path.ends_with("tests.rs") {
        found.extend(too_long(&file.text));
    }
    if is_rust || file.has_extension("md") {
        let ignored = file.lines().filter(|(_, text)| is_ignored_example(text));
        let why = "an example that is never compiled";
        found.extend(ignored.map(|(line, _)| (line, why.to_owned())));
    }
    found
}

fn too_long(text: &str) -> Option<(usize, String)> {
    let length = code_lines(text).count();
    let (line, _) = code_lines(text).nth(MAX_LINES)?;
    let why = format!("{length} code lines, more than {MAX_LINES}: one concept?");
    Some((line, why))
}

fn is_ignored_example(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches(['/', '!', '*']);
    let doc = line.trim_start();
    IGNORED_EXAMPLES.iter().any(|fence| doc.starts_with(fence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Option<usize> {
        too_long(text).map(|(line, _)| line)
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
    fn ignored_examples_are_found() {
        assert!(is_ignored_example(&format!(
            "    /// {}",
            IGNORED_EXAMPLES[0]
        )));
        assert!(!is_ignored_example("/// ```no_run"));
    }
}
