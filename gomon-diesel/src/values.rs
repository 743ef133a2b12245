//! The values of rows, read while the program takes the rows.
//!
//! A value is of a type of its backend's, and a wrapper is around connections of any backend. Which of them can be read is
//! found by their types, once for each query that wants it.

use std::any::Any;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::row::{Field as _, Row};

use gomon_sql::adapter::Cell;
use gomon_sql::recording::StatementEvent;

/// The most columns of a row that are looked at.
const MOST_COLUMNS: usize = 64;

/// Reads a value of a backend.
type Read<DB> = for<'a> fn(<DB as Backend>::RawValue<'a>) -> Cell;

/// How values of this backend are read; `None` where they cannot be.
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

/// Keeps the columns and the values of a row; of a backend that is not known, the columns.
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
    for index in 0..row.field_count().min(MOST_COLUMNS) {
        let Some(field) = row.get(index) else { break };
        columns.push(field.field_name().unwrap_or_default().to_owned());
        if let Some(read) = read {
            cells.push(field.value().map_or(Cell::Null, read));
        }
    }
    let columns: Vec<_> = columns.iter().map(String::as_str).collect();
    let values: Vec<_> = cells.iter().map(Cell::as_value).collect();
    event.keep_row(&columns, &values);
}
