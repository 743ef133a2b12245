//! The profile as a table.

use std::fmt::{self, Display, Formatter, Write as _};
use std::time::Duration;

use super::{SqlProfile, StatementProfile};

/// Maximum number of characters of a statement on a line.
const MAX_WIDTH: usize = 110;
/// Maximum number of callers below a statement.
const MAX_CALLERS: usize = 4;

const HEAD: [&str; 10] = [
    "total",
    "share",
    "calls",
    "p50",
    "p99",
    "max",
    "errors",
    "rows",
    "wait",
    "statement",
];

impl Display for SqlProfile {
    /// Writes the statement that took most time first, with its callers below it.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let all: Duration = self.statements().iter().map(StatementProfile::total).sum();
        let calls: u64 = self.statements().iter().map(StatementProfile::count).sum();
        writeln!(
            f,
            "SQL: {} statements, {calls} calls, {} of database time in {}",
            self.statements().len(),
            Time(all),
            Time(self.period()),
        )?;
        if self.missed() > 0 {
            writeln!(f, "{} calls are missing", self.missed())?;
        }
        let rows: Vec<_> = self
            .statements()
            .iter()
            .map(|statement| cells(statement, all))
            .collect();
        let mut widths = HEAD.map(str::len);
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let indent = widths
            .iter()
            .rev()
            .skip(1)
            .map(|width| width + 2)
            .sum::<usize>();
        write_row(f, &HEAD.map(str::to_owned), &widths)?;
        for (row, statement) in rows.iter().zip(self.statements()) {
            write_row(f, row, &widths)?;
            write_callers(f, statement, indent)?;
        }
        Ok(())
    }
}

fn cells(statement: &StatementProfile, all: Duration) -> [String; 10] {
    let share = statement.total().as_secs_f64() / all.as_secs_f64().max(f64::MIN_POSITIVE);
    [
        Time(statement.total()).to_string(),
        format!("{:.1} %", share * 100.0),
        statement.count().to_string(),
        Time(statement.p50()).to_string(),
        Time(statement.p99()).to_string(),
        Time(statement.max()).to_string(),
        statement.errors().to_string(),
        statement.rows().to_string(),
        Time(statement.wait()).to_string(),
        cut(statement.text()),
    ]
}

/// Aligns all cells but the last to the right.
fn write_row(f: &mut Formatter<'_>, cells: &[String; 10], widths: &[usize; 10]) -> fmt::Result {
    let Some((statement, figures)) = cells.split_last() else {
        return Ok(());
    };
    for (cell, width) in figures.iter().zip(widths) {
        let width = *width;
        write!(f, "{cell:>width$}  ")?;
    }
    writeln!(f, "{statement}")
}

fn write_callers(
    f: &mut Formatter<'_>,
    statement: &StatementProfile,
    indent: usize,
) -> fmt::Result {
    let callers = statement.callers();
    if callers
        .iter()
        .all(|caller| caller.name().is_none() && !caller.in_transaction())
    {
        return Ok(());
    }
    let mut line = String::new();
    for caller in callers.iter().take(MAX_CALLERS) {
        let apart = if line.is_empty() { "" } else { ", " };
        let transaction = if caller.in_transaction() {
            " in a transaction"
        } else {
            ""
        };
        let name = caller.name().unwrap_or("no caller");
        write!(line, "{apart}{name}{transaction} {}×", caller.count())?;
    }
    if callers.len() > MAX_CALLERS {
        write!(line, ", {} more", callers.len() - MAX_CALLERS)?;
    }
    writeln!(f, "{:indent$}└ {line}", "")
}

/// Returns one line of bounded length.
fn cut(text: &str) -> String {
    let mut line: String = text
        .chars()
        .take(MAX_WIDTH)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(MAX_WIDTH).is_some() {
        line.pop();
        line.push('…');
    }
    line
}

/// A duration with three digits.
struct Time(Duration);

impl Display for Time {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ns = self.0.as_nanos() as f64;
        let (value, unit) = match ns {
            ..1e3 => (ns, "ns"),
            ..1e6 => (ns / 1e3, "µs"),
            ..1e9 => (ns / 1e6, "ms"),
            _ => (ns / 1e9, "s"),
        };
        let digits = match value {
            _ if ns < 1e3 => 0,
            ..10.0 => 2,
            ..100.0 => 1,
            _ => 0,
        };
        write!(f, "{value:.digits$} {unit}")
    }
}
