//! Test programs of the workspace whose tests need services.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::needs::{self, Needs};
use crate::cargo::cargo;
use crate::failure::{Context as _, Failure, Result};
use crate::services::{libraries, processes, wait};
use crate::shell;
use crate::workspace::{Package, Target, Workspace};

/// A test program.
#[derive(Debug)]
pub(crate) struct Suite {
    /// Crate and target, for messages.
    pub(crate) name: String,
    /// Path of the executable.
    pub(crate) program: PathBuf,
    /// Working directory.
    pub(crate) folder: PathBuf,
    /// The tests whose needs are met.
    pub(crate) tests: Vec<String>,
    /// Number of tests with unmet needs.
    pub(crate) skipped: usize,
    /// Their unmet needs.
    pub(crate) missing: BTreeSet<String>,
}

/// Builds every test program with a test that needs only `available`.
///
/// A build of a `run` is ended with it if the run is killed. Libraries to link are installed if `may_install`.
pub(crate) fn build(
    available: &[&str],
    package: Option<&str>,
    run: Option<&Path>,
    may_install: bool,
) -> Result<Vec<Suite>> {
    let workspace = Workspace::load_members()?;
    let mut suites = Vec::new();
    let is_selected = |member: &Package<'_>| package.is_none_or(|name| member.name() == name);
    for package in workspace.members().filter(is_selected) {
        let mut wanted = Vec::new();
        for target in package.targets("test") {
            let is_wanted = needs::are_met_by_some_test(target.source(), available);
            if is_wanted.context(name(package, target))? {
                wanted.push(target);
            }
        }
        if !wanted.is_empty() {
            let mut features = wanted.iter().flat_map(|target| target.required_features());
            if features.any(|feature| feature == libraries::MARIADB_CLIENT) {
                libraries::mariadb_client(may_install)?;
            }
            suites.extend(build_package(package, &wanted, available, run)?);
        }
    }
    Ok(suites)
}

/// Fails if the workspace has no crate with this name.
pub(crate) fn check_package(name: &str) -> Result<()> {
    let workspace = Workspace::load_members()?;
    let found = workspace.member(name).map(drop);
    found.ok_or_else(|| Failure::new(format!("no crate `{name}` in this workspace")))
}

fn name(package: Package<'_>, target: Target<'_>) -> String {
    format!("{} {}", package.name(), target.name())
}

fn build_package(
    package: Package<'_>,
    wanted: &[Target<'_>],
    available: &[&str],
    run: Option<&Path>,
) -> Result<Vec<Suite>> {
    let mut command = cargo();
    command.envs(run.map(|run| (processes::RUN, run)));
    command.args([
        "test",
        "--no-run",
        "--message-format=json-render-diagnostics",
    ]);
    command.args(["--package", package.name()]);
    command.args(wanted.iter().flat_map(|target| ["--test", target.name()]));
    // Use the required features, or all features if a target requires none.
    let features: Vec<_> = wanted
        .iter()
        .flat_map(|target| target.required_features())
        .collect();
    if wanted
        .iter()
        .all(|target| target.required_features().next().is_some())
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
        wait::check_interrupt()?;
        return Err(Failure::new(format!("{what} failed")));
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let suite = |target: &Target<'_>| -> Result<Suite> {
        let program = program(&messages, target.name())
            .ok_or_else(|| Failure::new(format!("cargo built no `{}`", target.name())))?;
        let name = name(package, *target);
        let (tests, skipped, missing) = chosen(&program, available).context(&name)?;
        Ok(Suite {
            name,
            program,
            folder: package.folder().to_owned(),
            tests,
            skipped,
            missing,
        })
    };
    wanted.iter().map(suite).collect()
}

/// Finds the path of a test program in cargo's messages.
fn program(messages: &str, target: &str) -> Option<PathBuf> {
    messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_it = message.pointer("/target/name")?.as_str()? == target
            && message.pointer("/target/kind/0")?.as_str()? == "test";
        is_it.then_some(message.get("executable")?.as_str()?.into())
    })
}

/// Returns the tests whose needs are met, the number of other tests, and the unmet needs of those.
fn chosen(program: &Path, available: &[&str]) -> Result<(Vec<String>, usize, BTreeSet<String>)> {
    let mut list = Command::new(program);
    let listed = shell::output(list.args(["--ignored", "--list", "--format=terse"]))?;
    let ignored: Vec<_> = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .collect();
    if ignored.is_empty() {
        return Ok((Vec::new(), 0, BTreeSet::new()));
    }
    // Ignored tests do not run, but the program prints their reason.
    let mut run = Command::new(program);
    let printed = shell::output(run.args(["--exact", "--color=never"]).args(&ignored))?;
    let mut tests = Vec::new();
    let mut skipped = 0;
    let mut missing = BTreeSet::new();
    for (test, needs) in needs_of(&printed)? {
        if needs.are_met(available) {
            tests.push(test.to_owned());
        } else {
            skipped += 1;
            missing.extend(needs.missing_from(available).map(str::to_owned));
        }
    }
    Ok((tests, skipped, missing))
}

/// Parses lines such as `test a::b ... ignored, needs redis: …`.
fn needs_of(printed: &str) -> Result<Vec<(&str, Needs)>> {
    let lines = printed.lines().filter_map(|line| {
        let (test, reason) = line.strip_prefix("test ")?.split_once(" ... ignored, ")?;
        Some((test, reason))
    });
    let needs = lines.filter_map(|(test, reason)| {
        let needs = Needs::of(reason).context(test).transpose()?;
        Some(needs.map(|needs| (test, needs)))
    });
    needs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_parsed_from_the_output_of_a_test_program() {
        let printed = "\nrunning 3 tests\n\
            test chaos::restart_is_survived ... ignored, needs redis, control: cargo xtask integration-test\n\
            test slow ... ignored, takes an hour\n\
            test message_arrives ... ignored, needs kafka: cargo xtask integration-test\n\n\
            test result: ok. 0 passed; 0 failed; 3 ignored\n";
        let needs = needs_of(printed).unwrap();
        let names: Vec<_> = needs.iter().map(|(test, _)| *test).collect();
        assert_eq!(names, ["chaos::restart_is_survived", "message_arrives"]);
        let met = |available: &[&str]| -> Vec<bool> {
            needs
                .iter()
                .map(|(_, needs)| needs.are_met(available))
                .collect()
        };
        assert_eq!(met(&["control", "redis"]), [true, false]);
        assert_eq!(met(&["kafka", "redis"]), [false, true]);
    }

    #[test]
    fn error_of_invalid_needs_names_the_test() {
        let printed = "test typo ... ignored, needs reddis: cargo xtask integration-test\n";
        let error = needs_of(printed).unwrap_err().to_string();
        assert!(error.starts_with("typo: no service `reddis`"), "{error}");
    }

    /// Found by the next test in this test program.
    #[test]
    #[ignore = "needs postgres, redis: cargo xtask integration-test"]
    fn sample() {}

    #[test]
    fn needs_of_this_test_program_are_found() {
        let own = std::env::current_exe().unwrap();
        let sample = "integration::suite::tests::sample".to_owned();
        let found = |available: &[&str]| chosen(&own, available);
        let all = (vec![sample], 0, BTreeSet::new());
        assert_eq!(found(&["postgres", "redis"]), Ok(all));
        let none = (Vec::new(), 1, BTreeSet::from(["postgres".to_owned()]));
        assert_eq!(found(&["redis"]), Ok(none));
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
