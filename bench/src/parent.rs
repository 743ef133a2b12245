//! Runs each table in a separate process.

use std::fmt;
use std::process::{Command, Stdio};

use crate::Result;
use crate::flags::Options;
use crate::goal::Verdict;
use crate::print;
use crate::rounds::Effort;
use crate::row::Row;
use crate::table::{TABLES, Table};

/// Measures and prints the selected tables.
///
/// # Errors
///
/// Fails if the process of a table failed, after the other tables were printed, or if a strict goal was missed.
#[allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the output of a command is its result"
)]
pub fn run(options: &Options) -> Result<()> {
    let wanted = |table: &&Table| {
        options.only.is_empty() || options.only.iter().any(|name| name == table.name)
    };
    let mut failed = Vec::new();
    let mut score = Score::default();
    for table in TABLES.iter().filter(wanted) {
        let rows = match measure(table, options.effort) {
            Ok(rows) => rows,
            Err(error) => {
                failed.push(format!("{}: {error}", table.name));
                continue;
            }
        };
        score.add(&rows);
        if options.json {
            for row in rows {
                println!("{}", row.to_json(table.name));
            }
        } else {
            println!(
                "{}",
                print::table(&format!("{}: {}", table.name, table.title()), &rows)
            );
        }
    }
    eprintln!("{score}");
    if options.strict && score.missed > 0 {
        failed.push("--strict, and goals were missed".to_owned());
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(failed.join("\n").into())
    }
}

/// Numbers of goals by verdict.
#[derive(Debug, Default, PartialEq, Eq)]
struct Score {
    met: usize,
    missed: usize,
    unsure: usize,
}

impl Score {
    fn add(&mut self, rows: &[Row]) {
        for goal in rows.iter().flat_map(|row| &row.goals) {
            match goal.verdict() {
                Verdict::Met => self.met += 1,
                Verdict::Missed => self.missed += 1,
                Verdict::Unsure => self.unsure += 1,
            }
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            met,
            missed,
            unsure,
        } = self;
        let goals = met + missed + unsure;
        write!(
            f,
            "{goals} goals: {met} met, {missed} missed, {unsure} unsure"
        )
    }
}

fn measure(table: &Table, effort: Effort) -> Result<Vec<Row>> {
    let mut command = table.command()?;
    if effort == Effort::Quick {
        command.arg("--quick");
    }
    rows(&mut command)
}

/// Runs a process and returns the rows that it prints.
fn rows(command: &mut Command) -> Result<Vec<Row>> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(output.status.to_string().into());
    }
    let text = String::from_utf8(output.stdout)?;
    text.lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goal::Goal;

    #[test]
    fn goals_are_counted_over_all_rows() {
        let met = Row::new("", "a").with_goal(Goal::at_most("x", 1.0, 2.0));
        let both = met.clone().with_goal(Goal::at_least("y", 1.0, 2.0));
        let mut score = Score::default();
        score.add(&[met, both]);
        assert_eq!(score.to_string(), "3 goals: 2 met, 1 missed, 0 unsure");
    }
}
