//! Values of SQLite.

use diesel::sqlite::{Sqlite, SqliteType};

use gomon_sql::adapter::Cell;

type Value<'a> = <Sqlite as diesel::backend::Backend>::RawValue<'a>;

/// Its type is asked first, since SQLite would make another one of it.
pub(super) fn cell(mut value: Value<'_>) -> Cell {
    match value.value_type() {
        Some(SqliteType::Text) => Cell::of_bytes(value.read_text().as_bytes()),
        Some(SqliteType::Binary) => Cell::binary(value.read_blob()),
        Some(SqliteType::Float | SqliteType::Double) => value.read_double().into(),
        Some(_) => value.read_long().into(),
        None => Cell::Null,
    }
}
