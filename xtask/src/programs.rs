//! Commands that build one of the workspace's programs and step aside.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::cargo::cargo;
use crate::failure::{Context as _, Result};

/// Runs the demo; its exit code becomes ours.
pub(crate) fn demo(args: Vec<OsString>) -> Result<ExitCode> {
    program(
        &[
            "--package",
            "examples",
            "--features",
            "demo",
            "--bin",
            "demo",
        ],
        args,
    )
}

/// Runs the benchmarks, optimised; their exit code becomes ours.
pub(crate) fn bench(args: Vec<OsString>, with_peers: bool) -> Result<ExitCode> {
    let features = if with_peers { "peers" } else { "" };
    program(
        &["--release", "--package", "bench", "--features", features],
        args,
    )
}

fn program(what: &[&str], args: Vec<OsString>) -> Result<ExitCode> {
    let mut command = cargo();
    command
        .args(["run", "--quiet"])
        .args(what)
        .arg("--")
        .args(args);
    run_as_ours(&mut command)
}

/// Becomes the command, so that Ctrl-C and the exit code are its own.
#[cfg(unix)]
fn run_as_ours(command: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;

    Err(command.exec()).context("cargo run")
}

#[cfg(not(unix))]
fn run_as_ours(command: &mut Command) -> Result<ExitCode> {
    let status = command.status().context("cargo run")?;
    let code = status.code().and_then(|it| u8::try_from(it).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
