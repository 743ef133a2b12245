//! Counts instructions of requests: `cargo xtask bench --only request`.
//!
//! Without arguments it prints the rows of the table. With a variant and a profile it serves requests under callgrind.

use std::process::ExitCode;

use bench::Result;
use bench::request::{drive, measure, profile, variants};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    bench::exit(run(&args))
}

fn run(args: &[String]) -> Result<()> {
    match args {
        [variant, profile_name] => {
            drive::drive(variants::variant(variant)?, profile(profile_name)?)
        }
        // `--quick` has no effect on counts: every run returns the same ones.
        _ => measure(),
    }
}
