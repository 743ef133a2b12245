//! What SeaORM knows, as the event model wants it.

use std::borrow::Cow;

use sea_orm::{DbBackend, DbErr, IsolationLevel, RuntimeErr};

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

/// Has `tell` record an error.
pub(super) fn with_failure<R>(error: &DbErr, tell: impl FnOnce(&Failure<'_>) -> R) -> R {
    let code = code(error);
    tell(&Failure::new(error, kind(error)).with_code(code.as_deref()))
}

/// As the database gave it.
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

/// As events name it.
pub(super) const fn isolation(level: IsolationLevel) -> &'static str {
    match level {
        IsolationLevel::RepeatableRead => "repeatable read",
        IsolationLevel::ReadCommitted => "read committed",
        IsolationLevel::ReadUncommitted => "read uncommitted",
        IsolationLevel::Serializable => "serializable",
    }
}
