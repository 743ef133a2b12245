//! Values of PostgreSQL.

use diesel::pg::PgValue;

use gomon_sql::adapter::Cell;
use gomon_sql::adapter::postgres_binary;

#[allow(
    clippy::needless_pass_by_value,
    reason = "that is how diesel hands over the values of all backends"
)]
pub(super) fn cell(value: PgValue<'_>) -> Cell {
    postgres_binary(kind(value.get_oid().get()), value.as_bytes())
}

/// The name of a type that the server has had since it was made:
/// <https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat>.
const fn kind(oid: u32) -> &'static str {
    match oid {
        16 => "BOOL",
        19 | 25 | 705 | 1042 | 1043 => "TEXT",
        20 => "INT8",
        21 => "INT2",
        23 => "INT4",
        26 => "OID",
        114 | 142 => "JSON",
        700 => "FLOAT4",
        701 => "FLOAT8",
        2950 => "UUID",
        3802 => "JSONB",
        _ => "",
    }
}
