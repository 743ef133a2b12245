//! PostgreSQL.

use sqlx_core::row::Row as _;
use sqlx_core::type_info::TypeInfo as _;
use sqlx_core::value::ValueRef as _;
use sqlx_postgres::{PgConnectOptions, PgQueryResult, PgRow, PgValueFormat, Postgres};

use super::database::{MonitoredDatabase, forward_to_connection};
use gomon_sql::Dialect;
use gomon_sql::adapter::Cell;
use gomon_sql::adapter::postgres_binary;

impl MonitoredDatabase for Postgres {
    const DIALECT: Dialect = Dialect::PostgreSql;

    forward_to_connection!();

    fn last_id(_: &PgQueryResult, _: bool) -> Option<i64> {
        None
    }

    fn address(options: &PgConnectOptions) -> String {
        let database = options.get_database().unwrap_or_default();
        match options.get_socket() {
            Some(socket) => format!("postgres:{}/{database}", socket.display()),
            None => format!(
                "postgres://{}:{}/{database}",
                options.get_host(),
                options.get_port()
            ),
        }
    }

    fn cell(row: &PgRow, index: usize) -> Cell {
        let Ok(value) = row.try_get_raw(index) else {
            return Cell::Null;
        };
        let Ok(bytes) = value.as_bytes() else {
            return Cell::Null;
        };
        match value.format() {
            PgValueFormat::Text => Cell::of_bytes(bytes),
            PgValueFormat::Binary => postgres_binary(value.type_info().name(), bytes),
        }
    }
}
