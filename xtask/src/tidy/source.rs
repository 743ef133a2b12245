//! What source text may not hold: long files, stubs, noise, examples that nothing compiles.

use std::path::Path;

use super::{File, Finding};
use crate::workspace::Workspace;

/// Lines of a library's file before its tests.
const LONGEST: usize = 400;

/// What has no place in a library, and why. Split, so that this file does not hold it.
const NOISE: [(&str, &str); 7] = [
    (concat!("todo", "!("), "a stub"),
    (concat!("unimplemented", "!("), "a stub"),
    (concat!("dbg", "!("), "left over from debugging"),
    (
        concat!("println", "!("),
        "a library does not print, and it panics on a closed pipe",
    ),
    (
        concat!("eprintln", "!("),
        "a library does not print, and it panics on a closed pipe",
    ),
    (
        concat!("print", "!("),
        "a library does not print, and it panics on a closed pipe",
    ),
    (
        concat!("eprint", "!("),
        "a library does not print, and it panics on a closed pipe",
    ),
];

const IGNORED_TEST: &str = concat!("#[", "ignore]");
const IGNORED_EXAMPLES: [&str; 3] = [
    concat!("```", "ignore"),
    concat!("```", "rust,ignore"),
    concat!("```", "rust, ignore"),
];

/// Checks all sources and documents.
pub(super) fn check(workspace: &Workspace, files: &[File]) -> Vec<Finding> {
    let published: Vec<_> = workspace.members().filter(|it| it.is_published()).collect();
    let sources: Vec<_> = published.iter().map(|it| it.folder().join("src")).collect();
    let mut findings = Vec::new();
    for file in files {
        let is_rust = file.has_extension("rs");
        // `mod tests;` puts tests into a file of this name.
        let is_tests = file.path.ends_with("tests.rs");
        if is_rust && !is_tests && sources.iter().any(|it| file.path.starts_with(it)) {
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

fn library(path: &Path, text: &str) -> Vec<Finding> {
    let code = || {
        text.lines()
            .take_while(|it| !it.starts_with("#[cfg(test)]"))
            .enumerate()
    };
    let mut findings: Vec<_> = code()
        .filter_map(|(index, line)| Some(Finding::new(path, index + 1, noise(line)?)))
        .collect();
    // Documentation forces no split.
    let length = code()
        .filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with("//"))
        .count();
    if length > LONGEST {
        let why =
            format!("{length} code lines before the tests, more than {LONGEST}: one concept?");
        findings.push(Finding::new(path, LONGEST + 1, why));
    }
    findings
}

fn noise(line: &str) -> Option<String> {
    let code = line.trim_start();
    if code.starts_with("//") {
        return None;
    }
    let (word, why) = NOISE.iter().find(|(word, _)| starts_a_word(code, word))?;
    Some(format!("`{word}…)`: {why}"))
}

/// Whether `word` is in the line and is not the end of a longer word.
fn starts_a_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(index, _)| {
        let before = line.get(..index).and_then(|it| it.chars().next_back());
        !before.is_some_and(|it| it.is_alphanumeric() || it == '_')
    })
}

fn everywhere(line: &str) -> Option<&'static str> {
    let doc = line
        .trim_start()
        .trim_start_matches(['/', '!', '*'])
        .trim_start();
    if line.trim_start().starts_with(IGNORED_TEST) {
        Some("an ignored test says why: `#[ignore = \"…\"]`")
    } else if IGNORED_EXAMPLES.iter().any(|it| doc.starts_with(it)) {
        Some("an example that nothing compiles")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<usize> {
        library(Path::new("a.rs"), text)
            .iter()
            .map(|it| it.line)
            .collect()
    }

    #[test]
    fn stubs_and_prints_are_found_at_their_line() {
        let text = format!(
            "fn a() {{\n    {}\"x\");\n    {})\n}}\n",
            NOISE[3].0, NOISE[0].0
        );
        assert_eq!(told(&text), [2, 3]);
    }

    #[test]
    fn comments_tests_and_longer_words_are_no_noise() {
        let text = format!(
            "// {}\"x\")\nfn a() {{ my_{}) }}\n#[cfg(test)]\nmod tests {{ {}1) }}\n",
            NOISE[3].0, NOISE[0].0, NOISE[2].0
        );
        assert!(told(&text).is_empty());
    }

    #[test]
    fn only_lines_before_the_tests_count() {
        let long = "a();\n// why\n".repeat(LONGEST);
        assert!(told(&format!("{long}#[cfg(test)]\nmod tests {{}}\n")).is_empty());
        assert_eq!(told(&format!("{long}b();\n")), [LONGEST + 1]);
    }

    #[test]
    fn ignored_examples_and_tests_are_found() {
        assert!(everywhere(&format!("    /// {}", IGNORED_EXAMPLES[0])).is_some());
        assert!(everywhere(&format!("    {IGNORED_TEST}")).is_some());
        assert!(everywhere("#[ignore = \"needs redis: cargo xtask integration-test\"]").is_none());
        assert!(everywhere("/// ```no_run").is_none());
    }
}
