//! Dialects and errors of SeaORM in the event model.

use std::borrow::Cow;

use sea_orm::{DbBackend, DbErr, RuntimeErr};

use gomon_sql::Dialect;
use gomon_sql::recording::Failure;

pub(super) const fn dialect(backend: DbBackend) -> Dialect {
    match backend {
        DbBackend::MySql => Dialect::MySql,
        DbBackend::Postgres => Dialect::PostgreSql,
        DbBackend::Sqlite => Dialect::Sqlite,
        _ => Dialect::Unknown,
    }
}

/// Calls `record` with an error.
pub(super) fn with_failure<R>(error: &DbErr, record: impl FnOnce(&Failure<'_>) -> R) -> R {
    let code = code(error);
    record(&Failure::new(error, kind(error)).with_code(code.as_deref()))
}

/// Returns the code of the database.
fn code(error: &DbErr) -> Option<Cow<'_, str>> {
    let (DbErr::Conn(error) | DbErr::Exec(error) | DbErr::Query(error)) = error else {
        return None;
    };
    let RuntimeErr::SqlxError(error) = error else {
        return None;
    };
    error.as_database_error()?.code()
}

const fn kind(error: &DbErr) -> &'static str {
    match error {
        DbErr::ConnectionAcquire(_) => "sea_orm::ConnectionAcquire",
        DbErr::Conn(_) => "sea_orm::Conn",
        DbErr::Exec(_) => "sea_orm::Exec",
        DbErr::Query(_) => "sea_orm::Query",
        _ => "sea_orm::DbErr",
    }
}
