//! Tests that need only Rust and a C compiler.

use std::process::Command;

use crate::cargo::{cargo, cargo_with_rustflags};
use crate::failure::{Failure, Result};
use crate::shell;
use crate::workspace::{self, Workspace};

/// Crates excluded from `cargo xtask test`, because their tests have further requirements or another command builds them.
pub(crate) const EXCLUDED: [&str; 4] = ["bench", "features", "fuzz", "integration"];

/// Folders of `standalone`.
const STANDALONE: [&str; 1] = ["sqlx-08"];

/// Runs unit tests, integration tests against local sockets, doctests and loom models.
pub(crate) fn test() -> Result<()> {
    let workspace = Workspace::load_members()?;
    let mut command = cargo();
    command.args(["test", "--all-features"]);
    shell::run(without_excluded(&mut command))?;
    // Without features, its tests need no service.
    shell::run(cargo().args(["test", "--package", "integration"]))?;
    standalone(&workspace)?;
    loom(&workspace)
}

/// Runs every `tests/stress.rs` with full counts.
pub(crate) fn stress(name: Option<String>) -> Result<()> {
    let workspace = Workspace::load_members()?;
    let mut command = cargo();
    command.args(["test", "--release", "--all-features", "--test", "stress"]);
    let crates: Vec<_> = workspace
        .members()
        .filter(|package| package.targets("test").any(|test| test.name() == "stress"))
        .flat_map(|package| ["--package", package.name()])
        .collect();
    if crates.is_empty() {
        return Err(Failure::new("no crate has a tests/stress.rs"));
    }
    command
        .args(crates)
        .args(["--", "--nocapture"])
        .args(name)
        .env("GOMON_STRESS", "1");
    shell::run(&mut command)
}

/// Adds the flags that select all crates but the excluded ones.
pub(crate) fn without_excluded(command: &mut Command) -> &mut Command {
    command.arg("--workspace");
    command.args(EXCLUDED.iter().flat_map(|name| ["--exclude", name]))
}

/// Tests the programs in separate workspaces, as their libraries do not fit into this one.
fn standalone(workspace: &Workspace) -> Result<()> {
    for program in STANDALONE {
        let mut command = cargo();
        command.args(["test", "--locked", "--manifest-path"]);
        command.arg(
            workspace::root()
                .join("standalone")
                .join(program)
                .join("Cargo.toml"),
        );
        command.arg("--target-dir");
        command.arg(workspace.target_directory().join("standalone"));
        shell::run(&mut command)?;
    }
    Ok(())
}

fn loom(workspace: &Workspace) -> Result<()> {
    let models = || {
        let mut command = cargo_with_rustflags("--cfg loom");
        command
            .args([
                "test",
                "--release",
                "--package",
                "gomon-core",
                "--lib",
                "--target-dir",
            ])
            .arg(workspace.target_directory().join("loom"))
            .arg("loom");
        command
    };
    shell::run(&mut models())?;
    let listed = shell::output(models().args(["--", "--list", "--format=terse"]))?;
    if listed.lines().any(|line| line.ends_with(": test")) {
        Ok(())
    } else {
        Err(Failure::new(
            "no loom model ran: gomon-core has no test with `loom` in its path",
        ))
    }
}
