//! The benchmarks, run as `cargo xtask bench`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program speaks through its standard streams"
)]

use std::process::ExitCode;

use bench::flags::{self, Command};
use bench::{Result, parent, print, subject, table};

fn main() -> ExitCode {
    match flags::parse().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Help => print!("{}", flags::help()),
        Command::Run(options) => parent::run(&options)?,
        Command::Measure { table, effort } => {
            for row in (table::named(&table)?.measure)(effort)? {
                println!("{}", serde_json::to_string(&row)?);
            }
        }
        #[cfg(feature = "peers")]
        Command::Serve(name) => bench::web::serve(&name)?,
        #[cfg(not(feature = "peers"))]
        Command::Serve(_) => return Err("this build has no servers".into()),
        Command::Repeat {
            subject,
            workload,
            times,
        } => {
            let subject = subject::named(&subject)?;
            (subject.prepare)()?;
            subject.workload(&workload)?(times);
            (subject.settle)();
            println!("{}", print::number((subject.delivered)() as f64));
        }
    }
    Ok(())
}
