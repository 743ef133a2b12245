//! All checks that a change must pass, fastest first.

use std::process::{Command, Stdio};

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
    if has("fmt") {
        shell::run(cargo().args(["fmt", "--all", "--check"]))?;
    } else {
        println!("not checked: rustfmt is not installed (rustup component add rustfmt)");
    }
    // Missing servers should fail early, not after half an hour.
    heading("libraries and servers");
    libraries::mariadb_client(true)?;
    native::find(&Service::ALL, true)?;
    budget::find_valgrind(true)?;
    heading("lints");
    if has("clippy") {
        clippy()?;
    } else {
        println!("not checked: clippy is not installed (rustup component add clippy)");
    }
    heading("rules");
    tidy::run()?;
    heading("licences");
    if has("deny") {
        // Advisories need the network.
        shell::run(cargo().args(["deny", "check", "licenses", "bans", "sources"]))?;
    } else {
        println!("not checked: cargo-deny is not installed (cargo install --locked cargo-deny)");
    }
    heading("documentation");
    let mut doc = cargo();
    doc.args(["doc", "--workspace", "--no-deps", "--all-features"]);
    shell::run(without_excluded(&workspace, &mut doc).env("RUSTDOCFLAGS", "-D warnings"))?;
    heading("features");
    features::run()?;
    heading("tests");
    testing::test()?;
    heading("budget of a request");
    budget::check()?;
    heading("fuzzing");
    if fuzz::exists() {
        fuzz::run(&Fuzz {
            seconds: FUZZ_SECONDS,
            target: None,
        })?;
    } else {
        println!("not done: this workspace has no fuzz crate");
    }
    heading("oldest Rust");
    msrv::run(Missing::Skip)?;
    heading("services");
    integration::run(&IntegrationTest {
        only: Service::ALL.to_vec(),
        package: None,
        source: Source::Native,
        keep: false,
        install: true,
    })
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

fn has(subcommand: &str) -> bool {
    let mut command: Command = cargo();
    command
        .args([subcommand, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn heading(name: &str) {
    println!("\n==> {name}");
}
