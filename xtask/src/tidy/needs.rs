//! Where a test says that it needs a service, and how, so that `integration-test` finds it.

use super::{File, Finding};
use crate::integration::needs::Needs;
use crate::workspace::Workspace;

const IGNORED: &str = "#[ignore = \"needs ";
/// Whoever calls the macro says it.
const BY_MACRO: &str = "#[ignore = $";
/// The crate all of whose tests need services, which nothing else runs.
const INTEGRATION: &str = "integration";

/// Checks the sources of every member but this program, which speaks of such tests.
pub(super) fn check(workspace: &Workspace, files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in workspace.members().filter(|it| it.name() != "xtask") {
        let tests = package.folder().join("tests");
        let sources = files.iter().filter(|it| it.has_extension("rs"));
        for file in sources.filter(|it| it.path.starts_with(package.folder())) {
            let is_test = file.path.starts_with(&tests);
            let all_need = is_test && package.name() == INTEGRATION;
            findings.extend(
                broken(&file.text, is_test, all_need)
                    .into_iter()
                    .map(|(line, why)| Finding::new(&file.path, line, why)),
            );
        }
    }
    findings
}

fn broken(text: &str, is_test: bool, all_need: bool) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut unsaid = None;
    for (line, code) in text.lines().map(str::trim_start).enumerate() {
        if code.starts_with("#[test]") || code.starts_with("#[tokio::test") {
            unsaid = Some(line + 1);
        } else if code.starts_with(BY_MACRO) {
            unsaid = None;
        } else if code.starts_with(IGNORED) {
            unsaid = None;
            let reason = code.split('"').nth(1).unwrap_or_default();
            if let Err(failure) = Needs::of(reason) {
                found.push((line + 1, failure.to_string()));
            } else if !is_test {
                let why = "a test that needs a service stands in the crate's `tests` folder";
                found.push((line + 1, why.to_owned()));
            }
        } else if !code.starts_with('#')
            && let Some(line) = unsaid.take()
            && all_need
        {
            let why = "a test of this crate says what it needs, else nobody runs it";
            found.push((line, why.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, is_test: bool, all_need: bool) -> Vec<usize> {
        let found = broken(text, is_test, all_need);
        found.into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn needs_that_nobody_would_find_are_told_at_their_line() {
        let good = format!("#[test]\n{IGNORED}redis: cargo xtask integration-test\"]\nfn a() {{}}");
        assert!(lines(&good, true, true).is_empty());
        assert_eq!(lines(&good, false, false), [2]);
        assert_eq!(lines(&good.replace("redis", "mongo"), true, false), [2]);
        assert_eq!(lines(&good.replace(": cargo", " cargo"), true, false), [2]);
    }

    #[test]
    fn test_without_needs_is_told_only_where_nothing_else_runs_it() {
        let plain = "#[tokio::test]\nasync fn a() {}";
        assert_eq!(lines(plain, true, true), [1]);
        assert!(lines(plain, true, false).is_empty());
        let by_macro = format!("#[test]\n{BY_MACRO}needs]\nfn a() {{}}");
        assert!(lines(&by_macro, true, true).is_empty());
    }
}
