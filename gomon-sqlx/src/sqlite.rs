//! SQLite.

use sqlx_core::row::Row as _;
use sqlx_core::type_info::TypeInfo as _;
use sqlx_core::value::ValueRef as _;
use sqlx_sqlite::{Sqlite, SqliteConnectOptions, SqliteQueryResult, SqliteRow};

use super::database::{MonitoredDatabase, forward_to_connection};
use gomon_sql::Dialect;
use gomon_sql::adapter::Cell;

impl MonitoredDatabase for Sqlite {
    const DIALECT: Dialect = Dialect::Sqlite;

    forward_to_connection!();

    fn last_id(result: &SqliteQueryResult, inserts: bool) -> Option<i64> {
        // It is the connection's, and stays after other statements.
        (inserts && result.rows_affected() > 0).then(|| result.last_insert_rowid())
    }

    fn address(options: &SqliteConnectOptions) -> String {
        if is_in_memory(options) {
            "sqlite::memory:".to_owned()
        } else {
            format!("sqlite:{}", options.get_filename().display())
        }
    }

    fn cell(row: &SqliteRow, index: usize) -> Cell {
        let Ok(value) = row.try_get_raw(index) else {
            return Cell::Null;
        };
        if value.is_null() {
            return Cell::Null;
        }
        // By the type that it is stored with, and owned: asked for another type, SQLite converts the value in its place, and one that
        // lent its bytes gives no number any more.
        let kind = value.type_info().into_owned();
        match kind.name() {
            "INTEGER" => row.try_get_unchecked::<i64, _>(index).ok().into(),
            "REAL" => row.try_get_unchecked::<f64, _>(index).ok().into(),
            "TEXT" => row
                .try_get_unchecked::<String, _>(index)
                .map_or(Cell::Null, |text| Cell::of_bytes(text.as_bytes())),
            "BLOB" => row
                .try_get_unchecked::<Vec<u8>, _>(index)
                .map_or(Cell::Null, |bytes| Cell::binary(&bytes)),
            _ => Cell::Null,
        }
    }
}

/// Whether another connection by these options would see another database.
fn is_in_memory(options: &SqliteConnectOptions) -> bool {
    // The driver has no getter for `in_memory`, but parsing a URL that sets it changes the name.
    let name = options.get_filename().as_os_str().to_string_lossy();
    name.is_empty() || name.contains(":memory:") || name.contains("sqlx-in-memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_in_memory_are_known_by_their_name() {
        for url in ["sqlite::memory:", "sqlite://:memory:"] {
            let options: SqliteConnectOptions = url.parse().unwrap();
            assert!(is_in_memory(&options), "{url}");
            assert_eq!(Sqlite::address(&options), "sqlite::memory:");
        }
        assert!(is_in_memory(&SqliteConnectOptions::new()));
        let file = SqliteConnectOptions::new().filename("/var/shop.db");
        assert!(!is_in_memory(&file));
        assert_eq!(Sqlite::address(&file), "sqlite:/var/shop.db");
    }
}
