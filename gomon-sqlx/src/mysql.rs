//! MySQL and MariaDB.

use sqlx_core::row::Row as _;
use sqlx_core::type_info::TypeInfo as _;
use sqlx_core::value::ValueRef as _;
use sqlx_mysql::{MySql, MySqlConnectOptions, MySqlQueryResult, MySqlRow};

use super::database::{MonitoredDatabase, forward_to_connection};
use gomon_sql::Dialect;
use gomon_sql::adapter::Cell;

impl MonitoredDatabase for MySql {
    const DIALECT: Dialect = Dialect::MySql;

    forward_to_connection!();

    fn last_id(result: &MySqlQueryResult, _: bool) -> Option<i64> {
        i64::try_from(result.last_insert_id())
            .ok()
            .filter(|&id| id != 0)
    }

    fn address(options: &MySqlConnectOptions) -> String {
        let database = options.get_database().unwrap_or_default();
        match options.get_socket() {
            Some(socket) => format!("mysql:{}/{database}", socket.display()),
            None => format!(
                "mysql://{}:{}/{database}",
                options.get_host(),
                options.get_port()
            ),
        }
    }

    fn cell(row: &MySqlRow, index: usize) -> Cell {
        let Ok(value) = row.try_get_raw(index) else {
            return Cell::Null;
        };
        let kind = value.type_info().into_owned();
        match kind.name() {
            "BOOLEAN" => row.try_get_unchecked::<bool, _>(index).ok().into(),
            "FLOAT" => row.try_get_unchecked::<f32, _>(index).ok().into(),
            "DOUBLE" => row.try_get_unchecked::<f64, _>(index).ok().into(),
            name if name.ends_with("INT UNSIGNED") || name == "YEAR" => {
                row.try_get_unchecked::<u64, _>(index).ok().into()
            }
            name if name.ends_with("INT") => row.try_get_unchecked::<i64, _>(index).ok().into(),
            _ => row
                .try_get_unchecked::<&[u8], _>(index)
                .map_or(Cell::Null, Cell::of_bytes),
        }
    }
}
