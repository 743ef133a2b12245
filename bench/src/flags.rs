//! Command line.

use std::fmt::Write as _;

use lexopt::prelude::*;

use crate::usage::{self, TABLES};
use crate::{Result, rounds::Effort, table};

/// A parsed command line.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Print the usage.
    Help,
    /// Measure and print tables.
    Run(Options),
    /// Measure one table in this process and print one JSON row per line.
    Measure {
        /// The table's name.
        table: String,
        /// How thoroughly.
        effort: Effort,
    },
    /// Run the server of a table.
    Serve(String),
    /// Repeat a workload, for a profiler.
    Repeat {
        /// The subject's name.
        subject: String,
        /// The workload's name.
        workload: String,
        /// The number of repetitions.
        times: usize,
    },
}

/// The tables to measure and the form of the output.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Names of tables; all if empty.
    pub only: Vec<String>,
    /// Whether to print one JSON object per row instead of tables.
    pub json: bool,
    /// Whether to fail if a goal is missed.
    pub strict: bool,
    /// How thoroughly.
    pub effort: Effort,
}

/// Parses the arguments of the process.
///
/// # Errors
///
/// Fails on an unknown flag or table.
pub fn parse() -> Result<Command> {
    parse_from(lexopt::Parser::from_env())
}

fn parse_from(mut parser: lexopt::Parser) -> Result<Command> {
    let mut options = Options::default();
    let (mut measure, mut repeat) = (None, None);
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("json") => options.json = true,
            Long("strict") => options.strict = true,
            Long("quick") => options.effort = Effort::Quick,
            Long("only") => {
                let names = parser.value()?.string()?;
                if let Some(name) = usage::unknown(&names) {
                    return Err(usage::complaint(name).into());
                }
                options.only.extend(names.split(',').map(str::to_owned));
            }
            Long("measure") => measure = Some(parser.value()?.string()?),
            Long("serve") => return Ok(Command::Serve(parser.value()?.string()?)),
            Long("repeat") => {
                let subject = parser.value()?.string()?;
                let workload = parser.value()?.string()?;
                repeat = Some((subject, workload, parser.value()?.parse()?));
            }
            other => return Err(other.unexpected().into()),
        }
    }
    for name in &options.only {
        table::named(name)?;
    }
    if let Some((subject, workload, times)) = repeat {
        return Ok(Command::Repeat {
            subject,
            workload,
            times,
        });
    }
    Ok(match measure {
        Some(table) => Command::Measure {
            table,
            effort: options.effort,
        },
        None => Command::Run(options),
    })
}

/// Returns the help text.
#[must_use]
pub fn help() -> String {
    let mut text = String::from(
        "Usage: cargo xtask bench [--only NAME,…] [--quick] [--json] [--strict]\n       \
         … --repeat SUBJECT WORKLOAD TIMES    one workload, for a profiler\n\n\
         --only NAME,…   only these tables\n\
         --quick         short runs to check that the tables work; do not quote the figures\n\
         --json          one JSON object per row\n\
         --strict        fail if a goal is missed; by default it is only reported, as machines are noisy\n\n\
         Tables:\n",
    );
    for (name, title) in TABLES {
        let _ = writeln!(text, "  {name:14}  {title}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Command> {
        parse_from(lexopt::Parser::from_args(args))
    }

    #[test]
    fn names_of_tables_may_share_a_flag() {
        let Ok(Command::Run(options)) = parsed(&["--only", "caller,idle", "--json"]) else {
            panic!("not a run");
        };
        assert_eq!(options.only, ["caller", "idle"]);
        assert!(options.json);
    }

    #[test]
    fn unknown_table_is_named_in_the_error() {
        let error = parsed(&["--only", "callar"]).unwrap_err().to_string();
        assert!(error.contains("`callar`"), "{error}");
    }

    #[test]
    fn help_lists_every_table() {
        let help = help();
        for (name, _) in TABLES {
            assert!(help.contains(name), "{name}");
        }
    }
}
