//! The tests that need nothing but Rust and a C compiler.

use crate::cargo::{cargo, cargo_with_rustflags};
use crate::failure::{Failure, Result};
use crate::shell;
use crate::workspace::Workspace;

/// Crates without tests that need no service, or whose programs are built by a command of their own.
pub(crate) const APART: [&str; 4] = ["bench", "features", "fuzz", "integration"];

/// Unit tests, integration tests against local sockets, doctests and loom models.
pub(crate) fn test() -> Result<()> {
    let workspace = Workspace::load_members()?;
    let mut command = cargo();
    command.args(["test", "--workspace", "--all-features"]);
    shell::run(without_apart(&workspace, &mut command))?;
    // Without features it has only what needs no service: how other crates' tests use it.
    shell::run(cargo().args(["test", "--package", "integration"]))?;
    loom(&workspace)
}

/// Every `tests/stress.rs` at its full counts.
pub(crate) fn stress(name: Option<String>) -> Result<()> {
    let workspace = Workspace::load_members()?;
    let mut command = cargo();
    command.args(["test", "--release", "--all-features", "--test", "stress"]);
    let crates: Vec<_> = workspace
        .members()
        .filter(|it| it.targets("test").any(|test| test.name() == "stress"))
        .flat_map(|it| ["--package", it.name()])
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

/// Adds the flags that leave out the crates that stand apart and exist.
pub(crate) fn without_apart<'a>(
    workspace: &Workspace,
    command: &'a mut std::process::Command,
) -> &'a mut std::process::Command {
    let present = APART.iter().filter(|it| workspace.member(it).is_some());
    command.args(present.flat_map(|it| ["--exclude", it]))
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
    if listed.lines().any(|it| it.ends_with(": test")) {
        Ok(())
    } else {
        Err(Failure::new(
            "no loom model ran: gomon-core has no test with `loom` in its path",
        ))
    }
}
