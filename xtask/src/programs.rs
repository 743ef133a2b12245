//! Commands that build a program of the workspace and replace this process with it.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::ExitCode;

use crate::cargo::cargo;
use crate::failure::{Context as _, Result};

/// Runs the demo and returns its exit code.
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

/// Runs the benchmarks in release mode and returns their exit code.
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
    // Replaces this process, so that the program receives Ctrl-C and sets the exit code.
    Err(command.exec()).context("cargo run")
}
