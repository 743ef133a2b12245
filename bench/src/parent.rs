//! Runs each table in a separate process.

use std::process::Stdio;

use crate::Result;
use crate::flags::Options;
use crate::goal::{Goal, Verdict};
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
    let mut verdicts = Vec::new();
    for table in TABLES.iter().filter(wanted) {
        let rows = match measure(table, options.effort) {
            Ok(rows) => rows,
            Err(error) => {
                failed.push(format!("{}: {error}", table.name));
                continue;
            }
        };
        let goals = rows.iter().flat_map(|row| &row.goals);
        verdicts.extend(goals.map(Goal::verdict));
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
    eprintln!("{}", score(&verdicts));
    if options.strict && verdicts.contains(&Verdict::Missed) {
        failed.push("--strict, and goals were missed".to_owned());
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(failed.join("\n").into())
    }
}

/// Returns the numbers of goals by verdict.
fn score(verdicts: &[Verdict]) -> String {
    let count = |verdict| verdicts.iter().filter(|other| **other == verdict).count();
    format!(
        "{} goals: {} met, {} missed, {} unsure",
        verdicts.len(),
        count(Verdict::Met),
        count(Verdict::Missed),
        count(Verdict::Unsure)
    )
}

/// Measures a table in a separate process and returns the rows that it prints.
fn measure(table: &Table, effort: Effort) -> Result<Vec<Row>> {
    let mut command = table.command()?;
    if effort == Effort::Quick {
        command.arg("--quick");
    }
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

    #[test]
    fn goals_are_counted_by_verdict() {
        let verdicts = [Verdict::Met, Verdict::Missed, Verdict::Met];
        assert_eq!(score(&verdicts), "3 goals: 2 met, 1 missed, 0 unsure");
    }
}
