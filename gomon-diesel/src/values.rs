//! Values of rows, read while the program takes the rows.
//!
//! The type of a value depends on the backend, and a wrapper supports any backend. The reader is found by the types,
//! once for each row that is kept.

use std::any::Any;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::row::{Field as _, Row};

use gomon_sql::recording::Cell;
use gomon_sql::recording::StatementEvent;

/// Maximum number of columns that are read of a row.
const MAX_COLUMNS: usize = 64;

/// Reads a value of a backend.
type Read<DB> = for<'a> fn(<DB as Backend>::RawValue<'a>) -> Cell;

/// Returns the reader of a backend; `None` if it is not supported.
fn reader<DB: Backend + 'static>() -> Option<Read<DB>> {
    let known: &[&dyn Any] = &[
        #[cfg(feature = "mysql")]
        &(super::mysql::cell as Read<diesel::mysql::Mysql>),
        #[cfg(feature = "postgres")]
        &(super::postgres::cell as Read<diesel::pg::Pg>),
        #[cfg(feature = "sqlite")]
        &(super::sqlite::cell as Read<diesel::sqlite::Sqlite>),
    ];
    known.iter().find_map(|read| read.downcast_ref().copied())
}

/// Keeps the columns and values of a row; only the columns for an unsupported backend.
#[cold]
pub(super) fn keep<'row, DB, R>(row: &QueryResult<R>, event: &mut StatementEvent)
where
    DB: Backend + 'static,
    R: Row<'row, DB>,
{
    let Ok(row) = row else { return };
    let read = reader::<DB>();
    let mut columns = Vec::new();
    let mut cells = Vec::new();
    for index in 0..row.field_count().min(MAX_COLUMNS) {
        let Some(field) = row.get(index) else { break };
        columns.push(field.field_name().unwrap_or_default().to_owned());
        if let Some(read) = read {
            cells.push(field.value().map_or(Cell::Null, read));
        }
    }
    let columns: Vec<_> = columns.iter().map(String::as_str).collect();
    event.keep_row(&columns, cells);
}
