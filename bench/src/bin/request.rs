//! Counts instructions of requests: `cargo xtask bench --only request`.
//!
//! Without arguments it prints the rows of the table. With a variant and a profile it serves requests under callgrind.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program speaks through its standard streams"
)]

use std::process::ExitCode;

use bench::Result;
use bench::request::{drive, measure, profile, variants};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    match args {
        [variant, profile_name] => {
            drive::drive(variants::variant(variant)?, profile(profile_name)?)
        }
        // `--quick` has no effect on counts: every run returns the same ones.
        _ => measure(|row| {
            println!("{}", serde_json::to_string(row)?);
            Ok(())
        }),
    }
}
