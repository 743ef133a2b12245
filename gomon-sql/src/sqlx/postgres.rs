//! PostgreSQL.

use gomon_core::Id;
use sqlx_core::row::Row as _;
use sqlx_core::type_info::TypeInfo as _;
use sqlx_core::value::ValueRef as _;
use sqlx_postgres::{PgArguments, PgConnectOptions, PgQueryResult, PgRow, PgValueFormat, Postgres};

use super::cell::Cell;
use super::database::{MonitoredDatabase, forward_to_connection};
use super::postgres_parameters;
use crate::Dialect;

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
            PgValueFormat::Binary => binary(value.type_info().name(), bytes),
        }
    }

    fn parameters(arguments: &PgArguments) -> Vec<Cell> {
        postgres_parameters::read(arguments)
    }

    fn is_shared(_: &PgConnectOptions) -> bool {
        true
    }
}

/// A value in the form in which it travels with prepared statements.
pub(super) fn binary(kind: &str, bytes: &[u8]) -> Cell {
    let cell = match kind {
        "BOOL" => exactly(bytes).map(|[byte]| (byte != 0).into()),
        "INT2" => exactly(bytes).map(|bytes| i16::from_be_bytes(bytes).into()),
        "INT4" => exactly(bytes).map(|bytes| i32::from_be_bytes(bytes).into()),
        "INT8" => exactly(bytes).map(|bytes| i64::from_be_bytes(bytes).into()),
        "OID" => exactly(bytes).map(|bytes| u32::from_be_bytes(bytes).into()),
        "FLOAT4" => exactly(bytes).map(|bytes| f32::from_be_bytes(bytes).into()),
        "FLOAT8" => exactly(bytes).map(|bytes| f64::from_be_bytes(bytes).into()),
        "UUID" => exactly(bytes).map(|bytes: [u8; 16]| {
            let whole = u128::from_be_bytes(bytes);
            Cell::Uuid(Id::from_parts((whole >> 64) as u64, whole as u64))
        }),
        "TEXT" | "VARCHAR" | "BPCHAR" | "NAME" | "UNKNOWN" | "JSON" | "XML" => {
            Some(Cell::of_bytes(bytes))
        }
        // A version byte, then text.
        "JSONB" => bytes.get(1..).map(Cell::of_bytes),
        _ => None,
    };
    cell.unwrap_or_else(|| Cell::binary(bytes))
}

fn exactly<const LENGTH: usize>(bytes: &[u8]) -> Option<[u8; LENGTH]> {
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_as_numbers() {
        assert_eq!(binary("INT4", &[0, 0, 1, 0]), Cell::Signed(256));
        assert_eq!(binary("INT8", &[255; 8]), Cell::Signed(-1));
        assert_eq!(binary("BOOL", &[1]), Cell::Bool(true));
        assert_eq!(binary("FLOAT8", &1.5_f64.to_be_bytes()), Cell::Float(1.5));
    }

    #[test]
    fn values_of_an_unexpected_length_are_bytes() {
        assert_eq!(binary("INT4", &[0, 0, 1]), Cell::Bytes(vec![0, 0, 1]));
        assert_eq!(binary("JSONB", &[]), Cell::Bytes(Vec::new()));
    }
}
