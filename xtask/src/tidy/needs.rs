//! `ignore` reasons of tests that need a service, so that `integration-test` finds them.

use super::File;
use crate::integration::needs::Needs;
use crate::workspace::Package;

const IGNORED: &str = "#[ignore = \"needs ";
/// The reason is an argument of a macro.
const BY_MACRO: &str = "#[ignore = $";
/// The crate in which every test needs a service, so that only `integration-test` runs it.
const INTEGRATION: &str = "integration";

/// Checks a source of `package`, except of this program, whose sources mention such tests.
pub(super) fn check(file: &File, package: Option<Package<'_>>) -> Vec<(usize, String)> {
    match package {
        Some(package) if package.name() != "xtask" && file.has_extension("rs") => {
            let is_test = file.path.starts_with(package.folder().join("tests"));
            let all_need = is_test && package.name() == INTEGRATION;
            invalid(&file.text, is_test, all_need)
        }
        _ => Vec::new(),
    }
}

fn invalid(text: &str, is_test: bool, all_need: bool) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut pending = None;
    for (line, code) in text.lines().map(str::trim_start).enumerate() {
        if code.starts_with("#[test]") || code.starts_with("#[tokio::test") {
            pending = Some(line + 1);
        } else if code.starts_with(BY_MACRO) {
            pending = None;
        } else if code.starts_with(IGNORED) {
            pending = None;
            let reason = code.split('"').nth(1).unwrap_or_default();
            if let Err(failure) = Needs::of(reason) {
                found.push((line + 1, failure.to_string()));
            } else if !is_test {
                let why = "a test that needs a service must be in the crate's `tests` folder";
                found.push((line + 1, why.to_owned()));
            }
        } else if !code.starts_with('#')
            && let Some(line) = pending.take()
            && all_need
        {
            let why = "a test of this crate must state its needs, or it never runs";
            found.push((line, why.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, is_test: bool, all_need: bool) -> Vec<usize> {
        let found = invalid(text, is_test, all_need);
        found.into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn invalid_needs_are_found_at_their_line() {
        let good = format!("#[test]\n{IGNORED}redis: cargo xtask integration-test\"]\nfn a() {{}}");
        assert!(lines(&good, true, true).is_empty());
        assert_eq!(lines(&good, false, false), [2]);
        assert_eq!(lines(&good.replace("redis", "mongo"), true, false), [2]);
        assert_eq!(lines(&good.replace(": cargo", " cargo"), true, false), [2]);
    }

    #[test]
    fn test_without_needs_is_found_in_the_integration_crate_only() {
        let plain = "#[tokio::test]\nasync fn a() {}";
        assert_eq!(lines(plain, true, true), [1]);
        assert!(lines(plain, true, false).is_empty());
        let by_macro = format!("#[test]\n{BY_MACRO}needs]\nfn a() {{}}");
        assert!(lines(&by_macro, true, true).is_empty());
    }
}
