//! Dialects and errors of SeaORM in the event model.

use sea_orm::sqlx::error::DatabaseError;
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
    let failure = Failure::new(error, kind(error));
    let Some(answer) = answer(error) else {
        return record(&failure);
    };
    let code = answer.code();
    let failure = failure.from_server().with_code(code.as_deref());
    record(&failure.with_number_of(&answer))
}

/// Returns the error with which the database answered.
fn answer(error: &DbErr) -> Option<&dyn DatabaseError> {
    let (DbErr::Conn(error) | DbErr::Exec(error) | DbErr::Query(error)) = error else {
        return None;
    };
    let RuntimeErr::SqlxError(error) = error else {
        return None;
    };
    error.as_database_error()
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;
    use std::fmt;
    use std::sync::Arc;

    use gomon_sql::Setup;
    use gomon_sql::recording::{Database, Scope, StatementKind, TransactionEnd, TransactionEvent};
    use gomon_test::TestMonitor;
    use sea_orm::sqlx;

    /// An error of MariaDB as sqlx shows it.
    #[derive(Debug)]
    struct Answer(&'static str);

    impl fmt::Display for Answer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{} (HY000): Record has changed", self.0)
        }
    }

    impl Error for Answer {}

    impl DatabaseError for Answer {
        fn message(&self) -> &str {
            "Record has changed"
        }

        fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
            Some("HY000".into())
        }

        fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> sqlx::error::ErrorKind {
            sqlx::error::ErrorKind::Other
        }
    }

    #[test]
    fn errors_at_which_mariadb_rolls_back_are_known_by_their_number() {
        for (number, end) in [
            ("1020", "rollback"),
            ("1206", "rollback"),
            // A timeout of a lock.
            ("1205", "commit"),
            ("10206", "commit"),
        ] {
            let watched = TestMonitor::new();
            let setup = Setup::new().with_monitor(watched.monitor());
            let database = Database::new(setup, Dialect::MySql, "");
            let mut transaction = TransactionEvent::begin(&Scope::without_connection(&database));
            transaction.begun();
            let mut statement = transaction
                .scope()
                .statement(StatementKind::Execute, "UPDATE t SET a = 1");
            let error = sqlx::Error::Database(Box::new(Answer(number)));
            let error = DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)));
            with_failure(&error, |failure| statement.fail(failure));
            drop(statement);
            transaction.end(TransactionEnd::Commit);
            assert_eq!(watched.one("conn-begintx")["end"], end, "{number}");
        }
    }
}
