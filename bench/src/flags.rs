//! The command line.

use std::fmt::Write as _;

use lexopt::prelude::*;

use crate::usage::{self, TABLES};
use crate::{Result, rounds::Effort, table};

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Tell how it is used.
    Help,
    /// Measure and print tables.
    Run(Options),
    /// Measure one table in this process, a row of JSON a line.
    Measure {
        /// Its name.
        table: String,
        /// How thoroughly.
        effort: Effort,
    },
    /// Be the server that a table asks.
    Serve(String),
    /// Repeat one workload, for a profiler.
    Repeat {
        /// The subject's name.
        subject: String,
        /// The workload's name.
        workload: String,
        /// How often.
        times: usize,
    },
}

/// Which tables, and in which form.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Names of tables; all if empty.
    pub only: Vec<String>,
    /// One JSON object a row, not tables.
    pub json: bool,
    /// Whether to fail where a goal was missed.
    pub strict: bool,
    /// How thoroughly.
    pub effort: Effort,
}

/// Reads the process's arguments.
///
/// # Errors
///
/// An unknown flag or table.
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

/// How it is used.
#[must_use]
pub fn help() -> String {
    let mut text = String::from(
        "Usage: cargo xtask bench [--only NAME,…] [--quick] [--json] [--strict]\n       \
         … --repeat SUBJECT WORKLOAD TIMES    one workload, for a profiler\n\n\
         --only NAME,…   these tables alone\n\
         --quick         just to see that they run: no figure to be quoted\n\
         --json          an object a row\n\
         --strict        fails where a goal was missed; else that is told only, as machines are noisy\n\n\
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
    fn a_table_that_is_not_there_is_named() {
        let told = parsed(&["--only", "callar"]).unwrap_err().to_string();
        assert!(told.contains("`callar`"), "{told}");
    }

    #[test]
    fn help_lists_every_table() {
        let help = help();
        for (name, _) in TABLES {
            assert!(help.contains(name), "{name}");
        }
    }
}
