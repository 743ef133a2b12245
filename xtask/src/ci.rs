//! All checks that a change must pass, fastest first.

use crate::cargo::cargo;
use crate::failure::Result;
use crate::flags::{Fuzz, IntegrationTest, Source};
use crate::msrv::{self, Missing};
use crate::services::service::Service;
use crate::services::{libraries, native};
use crate::testing::without_excluded;
use crate::workspace::Workspace;
use crate::{budget, features, fuzz, integration, shell, testing, tidy};

/// Duration of each fuzz target in seconds: long enough to find regressions of a change.
const FUZZ_SECONDS: u32 = 10;

/// Runs all checks and stops at the first that fails.
pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::load_members()?;
    heading("format");
    if has("fmt", "rustfmt", "rustup component add rustfmt") {
        shell::run(cargo().args(["fmt", "--all", "--check"]))?;
    }
    // Missing servers should fail early, not after half an hour.
    heading("libraries and servers");
    libraries::mariadb_client(true)?;
    native::find(&Service::ALL, true)?;
    budget::find_valgrind(true)?;
    heading("lints");
    if has("clippy", "clippy", "rustup component add clippy") {
        clippy()?;
    }
    heading("rules");
    tidy::run()?;
    heading("licences");
    if has("deny", "cargo-deny", "cargo install --locked cargo-deny") {
        // Advisories need the network.
        shell::run(cargo().args(["deny", "check", "licenses", "bans", "sources"]))?;
    }
    heading("documentation");
    let mut doc = cargo();
    doc.args(["doc", "--no-deps", "--all-features"]);
    shell::run(without_excluded(&mut doc).env("RUSTDOCFLAGS", "-D warnings"))?;
    heading("features");
    features::run()?;
    heading("tests");
    testing::test()?;
    clean(&workspace, "standalone");
    clean(&workspace, "loom");
    heading("budget of a request");
    budget::check()?;
    clean(&workspace, "budget");
    heading("fuzzing");
    fuzz::run(&Fuzz {
        seconds: FUZZ_SECONDS,
        target: None,
    })?;
    clean(&workspace, "fuzz");
    heading("oldest Rust");
    msrv::run(Missing::Skip)?;
    clean(&workspace, "msrv");
    heading("services");
    integration::run(&IntegrationTest {
        source: Source::Native,
        install: true,
        ..IntegrationTest::default()
    })
}

/// Removes the target directory of a finished stage on a CI machine, whose disk may be small; best effort.
fn clean(workspace: &Workspace, stage: &str) {
    if std::env::var_os("CI").is_some() {
        let _ = std::fs::remove_dir_all(workspace.target_directory().join(stage));
    }
}

/// Runs clippy with all features, except those of the benchmarks' peers that the budget does not need.
fn clippy() -> Result<()> {
    let everything = ["--workspace", "--exclude", "bench", "--all-features"];
    let benchmarks = ["--package", "bench", "--features", "request"];
    for chosen in [everything.as_slice(), benchmarks.as_slice()] {
        let mut command = cargo();
        command.arg("clippy").args(chosen).arg("--all-targets");
        shell::run(command.args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

/// Returns whether cargo has a subcommand, and prints a message if it has not.
fn has(subcommand: &str, program: &str, install: &str) -> bool {
    let found = shell::succeeds(cargo().args([subcommand, "--version"]));
    if !found {
        println!("not checked: {program} is not installed ({install})");
    }
    found
}

fn heading(name: &str) {
    println!("\n==> {name}");
}
