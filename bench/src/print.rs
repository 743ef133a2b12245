//! Printed rows and figures.

use crate::Result;
use crate::row::Row;

/// Formats rows under a title, in aligned columns.
#[must_use]
pub fn table(title: &str, rows: &[Row]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    for (column, _) in rows.iter().flat_map(|row| &row.figures) {
        if !columns.contains(&column.as_str()) {
            columns.push(column);
        }
    }
    let has_parts = rows.iter().any(|row| !row.part.is_empty());
    let mut head = vec![String::new()];
    head.extend(columns.iter().map(|column| (*column).to_owned()));
    head.push("goal".to_owned());
    let mut lines = vec![head];
    let mut part = "";
    for row in rows {
        if has_parts && row.part != part {
            part = &row.part;
            lines.push(vec![part.to_owned()]);
        }
        let indent = if has_parts { "  " } else { "" };
        let mut line = vec![format!("{indent}{}", row.name)];
        line.extend(columns.iter().map(|column| {
            let figure = row.figures.iter().find(|(name, _)| name == column);
            figure
                .map(|(_, figure)| number(*figure))
                .unwrap_or_default()
        }));
        let goals: Vec<_> = row.goals.iter().map(ToString::to_string).collect();
        line.push(goals.join("; "));
        lines.push(line);
    }
    format!("{title}\n{}", align(&lines))
}

/// Aligns the first column left, the others right, and leaves the last one unaligned.
fn align(lines: &[Vec<String>]) -> String {
    let count = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |at: usize| {
        lines
            .iter()
            .filter_map(|line| line.get(at))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<_> = (0..count).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let mut shown = String::new();
        for (at, (cell, width)) in line.iter().zip(&widths).enumerate() {
            shown += &match at {
                0 => format!("  {cell:<width$}"),
                _ if at + 1 == count => format!("  {cell}"),
                _ => format!("  {cell:>width$}"),
            };
        }
        text += shown.trim_end();
        text.push('\n');
    }
    text
}

/// Prints a row as a line of JSON, which the parent process parses.
///
/// # Errors
///
/// Fails if a figure cannot be serialized.
#[allow(clippy::print_stdout, reason = "the parent reads it")]
pub fn line(row: &Row) -> Result<()> {
    println!("{}", serde_json::to_string(row)?);
    Ok(())
}

/// Formats a figure with its significant digits.
#[must_use]
pub fn number(figure: f64) -> String {
    match figure.abs() {
        size if size == size.trunc() && size < 1_000.0 => format!("{figure:.0}"),
        size if size < 10.0 => format!("{figure:.2}"),
        size if size < 1_000.0 => format!("{figure:.1}"),
        _ => {
            let digits = format!("{:.0}", figure.abs());
            let first = digits.len() % 3;
            let mut text = if figure < 0.0 {
                "-".to_owned()
            } else {
                String::new()
            };
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && at % 3 == first {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_their_significant_digits() {
        let shown = [0.2536, 26.04, 100.0, 1234.5, -5_000_000.0].map(number);
        assert_eq!(shown, ["0.25", "26.0", "100", "1,234", "-5,000,000"]);
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [
            Row::new("", "gomon").with("ns", 7.0),
            Row::new("", "a longer name").with("ns", 123.0),
        ];
        let text = table("title", &rows);
        assert_eq!(
            text,
            "title\n                  ns  goal\n  gomon            7\n  a longer name  123\n"
        );
    }
}
