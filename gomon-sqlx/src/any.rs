//! The database of `sqlx::Any`, which the URL chooses at run time.

use sqlx_core::any::{
    Any, AnyConnectOptions, AnyConnection, AnyQueryResult, AnyRow, AnyTypeInfoKind,
};
use sqlx_core::row::Row as _;
use sqlx_core::value::ValueRef as _;

use super::database::{MonitoredDatabase, forward_to_connection};
use gomon_sql::Dialect;
use gomon_sql::recording::Cell;

impl MonitoredDatabase for Any {
    const DIALECT: Dialect = Dialect::Unknown;

    forward_to_connection!();

    fn dialect(options: &AnyConnectOptions) -> Dialect {
        Dialect::from_name(options.database_url.scheme())
    }

    fn dialect_of(connection: &AnyConnection) -> Dialect {
        Dialect::from_name(connection.backend_name())
    }

    /// Only MySQL's driver reports it here.
    fn last_id(result: &AnyQueryResult, _: bool) -> Option<i64> {
        result.last_insert_id().filter(|&id| id != 0)
    }

    fn address(options: &AnyConnectOptions) -> String {
        options.database_url.to_string()
    }

    fn cell(row: &AnyRow, index: usize) -> Cell {
        let Ok(value) = row.try_get_raw(index) else {
            return Cell::Null;
        };
        let kind = value.type_info().kind();
        match kind {
            AnyTypeInfoKind::Null => Cell::Null,
            AnyTypeInfoKind::Bool => row.try_get_unchecked::<bool, _>(index).ok().into(),
            AnyTypeInfoKind::SmallInt | AnyTypeInfoKind::Integer | AnyTypeInfoKind::BigInt => {
                row.try_get_unchecked::<i64, _>(index).ok().into()
            }
            AnyTypeInfoKind::Real => row.try_get_unchecked::<f32, _>(index).ok().into(),
            AnyTypeInfoKind::Double => row.try_get_unchecked::<f64, _>(index).ok().into(),
            AnyTypeInfoKind::Text => row.try_get_unchecked::<&str, _>(index).ok().into(),
            AnyTypeInfoKind::Blob => row
                .try_get_unchecked::<&[u8], _>(index)
                .map_or(Cell::Null, Cell::binary),
        }
    }
}
