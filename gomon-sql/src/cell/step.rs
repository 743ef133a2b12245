//! A step of a plan, out of a row of `EXPLAIN`.

use super::Cell;
use crate::Dialect;

/// Longer plans are cut.
pub const MOST_STEPS: usize = 200;

/// The step that a row tells. What it compares with is in it still, and goes when the plan is recorded.
pub fn step<'row>(
    dialect: Dialect,
    mut columns: impl Iterator<Item = (&'row str, Cell)>,
) -> String {
    match dialect {
        Dialect::PostgreSql => columns
            .next()
            .map_or_else(String::new, |(_, cell)| text(&cell)),
        _ => {
            let cells = columns.filter(|(_, cell)| *cell != Cell::Null);
            let cells = cells.map(|(name, cell)| format!("{name}={}", text(&cell)));
            cells.collect::<Vec<_>>().join(" ")
        }
    }
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Cell::Signed(number) => number.to_string(),
        Cell::Unsigned(number) => number.to_string(),
        Cell::Float(number) => number.to_string(),
        _ => String::new(),
    }
}
