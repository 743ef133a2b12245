//! The project's commands, run as `cargo xtask`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program prints to its standard streams"
)]

// Shared with the benchmarks, which take minutes to build, to reject unknown tables before the build.
#[allow(unreachable_pub, reason = "public in the crate of the benchmarks")]
#[path = "../../bench/src/usage.rs"]
mod bench_usage;
mod budget;
mod cargo;
mod ci;
mod failure;
mod features;
mod flags;
mod fuzz;
mod help;
mod integration;
mod msrv;
mod programs;
mod services;
mod shell;
mod testing;
mod tidy;
mod workspace;

use std::process::ExitCode;

use flags::Command;

fn main() -> ExitCode {
    match flags::parse().and_then(run) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> failure::Result<ExitCode> {
    match command {
        Command::List => print!("{}", help::list()),
        Command::Help(page) => print!("{}", page.text()),
        Command::Demo(args) => return programs::demo(args),
        Command::Test => testing::test()?,
        Command::Stress(name) => testing::stress(name)?,
        Command::Bench { args, with_peers } => return programs::bench(args, with_peers),
        Command::Budget { renew: true } => budget::renew()?,
        Command::Budget { renew: false } => budget::check()?,
        Command::Fuzz(options) => fuzz::run(&options)?,
        Command::Tidy => tidy::run()?,
        Command::Features => features::run()?,
        Command::Msrv(missing) => msrv::run(missing)?,
        Command::Ci => ci::run()?,
        Command::IntegrationTest(options) => integration::run(&options)?,
        Command::Images => services::images::build()?,
        Command::Watchdog(folder) => integration::watch(&folder)?,
    }
    Ok(ExitCode::SUCCESS)
}
