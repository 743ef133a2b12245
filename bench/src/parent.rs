//! Runs the tables, each in a process of its own.

use std::process::{Command, Stdio};

use crate::Result;
use crate::flags::Options;
use crate::print;
use crate::rounds::Effort;
use crate::row::Row;
use crate::table::{TABLES, Table};

/// Measures and prints what was asked for.
///
/// # Errors
///
/// A table whose process failed; the others were printed.
#[allow(clippy::print_stdout, reason = "what a command prints is its result")]
pub fn run(options: &Options) -> Result<()> {
    let wanted =
        |table: &&Table| options.only.is_empty() || options.only.iter().any(|it| it == table.name);
    let mut failed = Vec::new();
    for table in TABLES.iter().filter(wanted) {
        let rows = match measure(table, options.effort) {
            Ok(rows) => rows,
            Err(error) => {
                failed.push(format!("{}: {error}", table.name));
                continue;
            }
        };
        if options.json {
            for row in rows {
                println!("{}", row.to_json(table.name));
            }
        } else {
            println!(
                "{}",
                print::table(&format!("{}: {}", table.name, table.title), &rows)
            );
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(failed.join("\n").into())
    }
}

fn measure(table: &Table, effort: Effort) -> Result<Vec<Row>> {
    let mut command = table.command()?;
    if effort == Effort::Quick {
        command.arg("--quick");
    }
    rows(&mut command)
}

/// The rows that a process prints.
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
