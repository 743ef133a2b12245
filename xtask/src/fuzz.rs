//! libFuzzer on stable Rust with the compiler's coverage pass, without a sanitizer or other tools.

use std::path::Path;
use std::process::Command;

use crate::cargo::cargo_with_rustflags;
use crate::failure::{Context as _, Failure, Result};
use crate::flags::Fuzz;
use crate::shell;
use crate::workspace::{self, Target, Workspace};

/// The crate of the targets, which are its programs.
const CRATE: &str = "fuzz";
/// Flags for libFuzzer's coverage instrumentation.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table";

/// Builds the targets and runs each for the given time.
pub(crate) fn run(options: &Fuzz) -> Result<()> {
    let workspace = Workspace::load_members()?;
    let bins = workspace.member(CRATE).into_iter();
    let targets = bins
        .flat_map(|package| package.targets("bin"))
        .map(Target::name);
    let targets = chosen(targets.collect(), options.target.as_deref())?;
    let host = host()?;
    let built = workspace.target_directory().join("fuzz");
    build(&built, &host)?;
    for target in targets {
        run_target(&built, &host, target, options.seconds)?;
    }
    Ok(())
}

fn chosen<'a>(targets: Vec<&'a str>, only: Option<&str>) -> Result<Vec<&'a str>> {
    let Some(only) = only else { return Ok(targets) };
    let found = targets.iter().find(|target| **target == only);
    found
        .map(|target| vec![*target])
        .ok_or_else(|| Failure::unknown("fuzz target", only, &targets))
}

fn host() -> Result<String> {
    let version = shell::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| Failure::new("`rustc -vV` does not print a host"))
}

fn build(built: &Path, host: &str) -> Result<()> {
    let mut command = cargo_with_rustflags(COVERAGE);
    // With `--target`, the flags do not apply to build scripts, which could not link.
    command
        .args(["build", "--release", "--bins", "--package", CRATE])
        .args(["--target", host, "--target-dir"])
        .arg(built)
        .env("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", "true")
        .env("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "true");
    shell::run(&mut command)
}

fn run_target(built: &Path, host: &str, target: &str, seconds: u32) -> Result<()> {
    let found = built.join("corpus").join(target);
    let seeds = workspace::root().join("fuzz/corpus").join(target);
    let artifacts = workspace::root().join("fuzz/artifacts").join(target);
    for folder in [&found, &artifacts] {
        std::fs::create_dir_all(folder).context(folder.display())?;
    }
    let mut command = Command::new(built.join(host).join("release").join(target));
    // New inputs are written to the first folder, so the committed seeds do not change.
    command
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args(["-print_final_stats=1", "-timeout=10", "-rss_limit_mb=2048"])
        .arg(found)
        .args(seeds.is_dir().then_some(seeds));
    shell::run(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_of_an_unknown_target_lists_the_known_ones() {
        let known = vec!["config", "traceparent"];
        let message = chosen(known, Some("sql")).unwrap_err().to_string();
        assert_eq!(
            message,
            "no fuzz target `sql`; expected one of: config, traceparent"
        );
    }
}
