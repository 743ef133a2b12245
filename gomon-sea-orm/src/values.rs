//! Values of SeaORM, of rows and of parameters, recorded on request only.

use sea_orm::{QueryResult, Statement, TryGetable, Value};

use gomon_sql::adapter::Cell;
use gomon_sql::recording::StatementEvent;

/// The most columns of a row and the most parameters that are looked at.
const MOST: usize = 64;

/// Counts a row, and keeps it where that is wanted.
pub(super) fn row(event: &mut StatementEvent, row: &QueryResult) {
    if event.row() {
        keep(event, row);
    }
}

#[cold]
fn keep(event: &mut StatementEvent, row: &QueryResult) {
    let names = row.column_names();
    let names: Vec<_> = names.iter().take(MOST).map(String::as_str).collect();
    let cells: Vec<_> = (0..names.len()).map(|at| cell(row, at)).collect();
    let values: Vec<_> = cells.iter().map(Cell::as_value).collect();
    event.keep_row(&names, &values);
}

/// Records the parameters, where that is wanted.
pub(super) fn params(event: &mut StatementEvent, statement: &Statement) {
    if let Some(values) = statement.values.as_ref().filter(|_| event.wants_params()) {
        let cells: Vec<_> = values.0.iter().take(MOST).map(param).collect();
        let values: Vec<_> = cells.iter().map(Cell::as_value).collect();
        event.set_params(&values);
    }
}

/// A value of whichever type the driver will give it as: integers before what some databases keep as integers.
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
        // Dates and the like, as they are written in SQL.
        other => Cell::of_bytes(other.to_string().trim_matches('\'').as_bytes()),
    }
}
