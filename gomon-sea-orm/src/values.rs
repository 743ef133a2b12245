//! Values of rows and parameters, if the configuration requests them.

use sea_orm::{QueryResult, Statement, TryGetable, Value};

use gomon_sql::recording::Cell;
use gomon_sql::recording::StatementEvent;

/// Maximum number of columns that are read of a row.
const MAX_COLUMNS: usize = 64;

/// Counts a row, and keeps it if requested.
pub(super) fn row(event: &mut StatementEvent, row: &QueryResult) {
    if event.row() {
        keep(event, row);
    }
}

#[cold]
fn keep(event: &mut StatementEvent, row: &QueryResult) {
    let names = row.column_names();
    let names: Vec<_> = names.iter().take(MAX_COLUMNS).map(String::as_str).collect();
    event.keep_row(&names, (0..names.len()).map(|at| cell(row, at)));
}

/// Records the parameters if requested.
pub(super) fn params(event: &mut StatementEvent, statement: &Statement) {
    if let Some(values) = statement.values.as_ref().filter(|_| event.wants_params()) {
        event.set_params(values.0.iter().map(param));
    }
}

/// Reads a value as the first type that the driver accepts.
fn cell(row: &QueryResult, at: usize) -> Cell {
    fn get<T: TryGetable>(row: &QueryResult, at: usize) -> Option<T> {
        row.try_get_by_index(at).ok()
    }
    fn number<T: TryGetable + Into<Cell>>(row: &QueryResult, at: usize) -> Option<Cell> {
        get::<T>(row, at).map(Into::into)
    }
    get::<String>(row, at)
        .map(|text| Cell::of_bytes(text.as_bytes()))
        .or_else(|| number::<i64>(row, at))
        .or_else(|| number::<i32>(row, at))
        .or_else(|| number::<i16>(row, at))
        .or_else(|| number::<u64>(row, at))
        .or_else(|| number::<f64>(row, at))
        .or_else(|| number::<f32>(row, at))
        .or_else(|| number::<bool>(row, at))
        .or_else(|| get::<Vec<u8>>(row, at).map(|bytes| Cell::of_bytes(&bytes)))
        .unwrap_or(Cell::Null)
}

fn param(value: &Value) -> Cell {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::TinyInt(value) => value.map(i16::from).into(),
        Value::SmallInt(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::BigInt(value) => (*value).into(),
        Value::TinyUnsigned(value) => value.map(u32::from).into(),
        Value::SmallUnsigned(value) => value.map(u32::from).into(),
        Value::Unsigned(value) => (*value).into(),
        Value::BigUnsigned(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Double(value) => (*value).into(),
        Value::String(Some(text)) => Cell::of_bytes(text.as_bytes()),
        Value::Bytes(Some(bytes)) => Cell::of_bytes(bytes),
        Value::String(None) | Value::Bytes(None) => Cell::Null,
        // Dates and the like, in SQL syntax.
        other => Cell::of_bytes(other.to_string().trim_matches('\'').as_bytes()),
    }
}
