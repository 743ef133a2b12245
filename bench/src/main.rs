//! The benchmarks, run as `cargo xtask bench`.

#![allow(
    clippy::print_stdout,
    reason = "a command line program speaks through its standard streams"
)]

use std::process::ExitCode;

use bench::flags::{self, Command};
use bench::{Result, parent, print, subject, table};

fn main() -> ExitCode {
    bench::exit(flags::parse().and_then(run))
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Help => print!("{}", flags::help()),
        Command::Run(options) => parent::run(&options)?,
        Command::Measure { table, effort } => {
            let rows = table::named(&table)?.measure(effort)?;
            rows.iter().try_for_each(print::line)?;
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
            let run = (subject::workload(&workload)?.run)(subject);
            (subject.prepare)()?;
            run(times);
            (subject.settle)();
            println!("{}", print::number((subject.delivered)() as f64));
        }
    }
    Ok(())
}
