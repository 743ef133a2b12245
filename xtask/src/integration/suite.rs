//! The test programs of the workspace that need services, found by what their tests say.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::cargo::cargo;
use crate::failure::{Context as _, Failure, Result};
use crate::shell;
use crate::workspace::{Package, Target, Workspace};

/// The crate all of whose tests need services; of other crates it is `tests/integration.rs`.
const INTEGRATION: &str = "integration";

/// One program full of tests.
#[derive(Debug)]
pub(crate) struct Suite {
    /// Crate and file, for people.
    pub(crate) name: String,
    /// What to run.
    pub(crate) program: PathBuf,
    /// Where to run it.
    pub(crate) folder: PathBuf,
    /// The tests whose needs are met.
    pub(crate) tests: Vec<String>,
    /// How many tests need more.
    pub(crate) left_out: usize,
}

/// A test and the names after `needs` in its `#[ignore = "needs …: …"]`.
#[derive(Debug, PartialEq, Eq)]
struct Needs {
    test: String,
    names: Vec<String>,
}

/// Builds every test program that has a test which needs no more than `available`.
pub(crate) fn build(available: &[&str]) -> Result<Vec<Suite>> {
    let workspace = Workspace::load_members()?;
    let mut suites = Vec::new();
    for package in workspace.members() {
        let mut wanted = Vec::new();
        for target in package.targets("test") {
            if package.name() != INTEGRATION && target.name() != INTEGRATION {
                continue;
            }
            let source = std::fs::read_to_string(target.source()).context(target.name())?;
            let needs = needs(&source);
            if needs.iter().any(|it| it.are_met(available)) {
                wanted.push((target, needs));
            }
        }
        if !wanted.is_empty() {
            suites.extend(build_package(package, &wanted, available)?);
        }
    }
    Ok(suites)
}

fn build_package(
    package: Package<'_>,
    wanted: &[(Target<'_>, Vec<Needs>)],
    available: &[&str],
) -> Result<Vec<Suite>> {
    let mut command = cargo();
    command.args([
        "test",
        "--no-run",
        "--message-format=json-render-diagnostics",
    ]);
    command.args(["--package", package.name()]);
    command.args(
        wanted
            .iter()
            .flat_map(|(target, _)| ["--test", target.name()]),
    );
    // A target that names its features gets those, any other gets all.
    let features: Vec<_> = wanted
        .iter()
        .flat_map(|(it, _)| it.required_features())
        .collect();
    if wanted
        .iter()
        .all(|(it, _)| it.required_features().next().is_some())
    {
        command.args(["--features", &features.join(",")]);
    } else {
        command.arg("--all-features");
    }
    let what = format!("building the tests of {}", package.name());
    println!("{what}");
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context(&what)?;
    if !output.status.success() {
        return Err(Failure::new(format!("{what} failed")));
    }
    let told = String::from_utf8_lossy(&output.stdout);
    let suite = |(target, needs): &(Target<'_>, Vec<Needs>)| -> Result<Suite> {
        let program = program(&told, target.name())
            .ok_or_else(|| Failure::new(format!("cargo built no `{}`", target.name())))?;
        let all = list(&program)?;
        let count = all.len();
        let tests: Vec<_> = all
            .into_iter()
            .filter(|it| is_met(it, needs, available))
            .collect();
        let left_out = count - tests.len();
        let name = format!("{} {}", package.name(), target.name());
        let folder = package.folder().to_owned();
        Ok(Suite {
            name,
            program,
            folder,
            tests,
            left_out,
        })
    };
    wanted.iter().map(suite).collect()
}

/// The path of a test program in cargo's messages.
fn program(messages: &str, target: &str) -> Option<PathBuf> {
    messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_it = message.pointer("/target/name")?.as_str()? == target
            && message.pointer("/target/kind/0")?.as_str()? == "test";
        is_it.then_some(message.get("executable")?.as_str()?.into())
    })
}

fn list(program: &Path) -> Result<Vec<String>> {
    let mut command = Command::new(program);
    let listed = shell::output(command.args(["--include-ignored", "--list", "--format=terse"]))?;
    Ok(listed
        .lines()
        .filter_map(|it| it.strip_suffix(": test"))
        .map(str::to_owned)
        .collect())
}

/// A test that says nothing of its needs is run: better that it fails than that nobody knows.
fn is_met(test: &str, needs: &[Needs], available: &[&str]) -> bool {
    let name = test.rsplit("::").next().unwrap_or(test);
    needs
        .iter()
        .filter(|it| it.test == name)
        .all(|it| it.are_met(available))
}

impl Needs {
    fn are_met(&self, available: &[&str]) -> bool {
        self.names.iter().all(|it| available.contains(&it.as_str()))
    }
}

fn needs(source: &str) -> Vec<Needs> {
    let mut found = Vec::new();
    let mut names = None;
    for line in source.lines().map(str::trim_start) {
        if let Some(rest) = line.strip_prefix("#[ignore = \"needs ") {
            let listed = rest.split(':').next().unwrap_or_default();
            names = Some(listed.split(',').map(|it| it.trim().to_owned()).collect());
        } else if let Some((_, rest)) = line.split_once("fn ")
            && let Some(names) = names.take()
        {
            let test = rest
                .split(['(', '<'])
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned();
            found.push(Needs { test, names });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
        fn helper() {}

        #[tokio::test(flavor = "multi_thread")]
        #[ignore = "needs redis, control: cargo xtask integration-test"]
        async fn restart_is_survived() {}

        #[test]
        fn plain() {}

        #[test]
        #[ignore = "needs kafka: cargo xtask integration-test"]
        fn message_arrives() {}
    "#;

    #[test]
    fn needs_are_read_with_the_test_that_they_stand_on() {
        let needs = needs(SOURCE);
        let shown: Vec<_> = needs
            .iter()
            .map(|it| (it.test.as_str(), it.names.join("+")))
            .collect();
        let expected = [
            ("restart_is_survived", "redis+control"),
            ("message_arrives", "kafka"),
        ];
        assert_eq!(
            shown,
            expected.map(|(test, names)| (test, names.to_owned()))
        );
    }

    #[test]
    fn only_tests_whose_needs_are_met_run() {
        let needs = needs(SOURCE);
        let met = |test| is_met(test, &needs, &["redis"]);
        assert!(!met("chaos::restart_is_survived"));
        assert!(!met("message_arrives"));
        assert!(met("plain"));
        assert!(is_met(
            "chaos::restart_is_survived",
            &needs,
            &["control", "redis"]
        ));
    }

    #[test]
    fn program_is_found_among_the_messages() {
        let messages = "{\"reason\":\"build-script-executed\"}\n\
            {\"target\":{\"name\":\"redis\",\"kind\":[\"lib\"]},\"executable\":null}\n\
            {\"target\":{\"name\":\"redis\",\"kind\":[\"test\"]},\"executable\":\"/t/redis-1\"}\n";
        assert_eq!(
            program(messages, "redis"),
            Some(PathBuf::from("/t/redis-1"))
        );
        assert_eq!(program(messages, "kafka"), None);
    }
}
