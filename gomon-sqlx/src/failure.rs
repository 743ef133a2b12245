//! Errors of sqlx as they are recorded.

use sqlx_core::error::{DatabaseError, Error};

use gomon_sql::recording::{Failure, StatementEvent};

/// Calls `record` with the error, unless it only reports that there was no row.
pub(super) fn with_failure(error: &Error, record: impl FnOnce(&Failure<'_>)) {
    if matches!(error, Error::RowNotFound) {
        return;
    }
    let code = error.as_database_error().and_then(DatabaseError::code);
    let failure = Failure::new(error, kind(error)).with_code(code.as_deref());
    record(&match error {
        Error::Database(error) => failure.from_server().with_number_of(error),
        _ => failure,
    });
}

/// Completes a statement, with its error if it failed.
pub(super) fn complete(mut event: StatementEvent, error: Option<&Error>) {
    if let Some(error) = error {
        with_failure(error, |failure| event.fail(failure));
    }
    event.complete();
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Configuration(_) => "sqlx::Error::Configuration",
        Error::InvalidArgument(_) => "sqlx::Error::InvalidArgument",
        Error::Database(_) => "sqlx::Error::Database",
        Error::Io(_) => "sqlx::Error::Io",
        Error::Tls(_) => "sqlx::Error::Tls",
        Error::Protocol(_) => "sqlx::Error::Protocol",
        Error::TypeNotFound { .. } => "sqlx::Error::TypeNotFound",
        Error::ColumnIndexOutOfBounds { .. } => "sqlx::Error::ColumnIndexOutOfBounds",
        Error::ColumnNotFound(_) => "sqlx::Error::ColumnNotFound",
        Error::ColumnDecode { .. } => "sqlx::Error::ColumnDecode",
        Error::Encode(_) => "sqlx::Error::Encode",
        Error::Decode(_) => "sqlx::Error::Decode",
        Error::PoolTimedOut => "sqlx::Error::PoolTimedOut",
        Error::PoolClosed => "sqlx::Error::PoolClosed",
        Error::WorkerCrashed => "sqlx::Error::WorkerCrashed",
        Error::InvalidSavePointStatement => "sqlx::Error::InvalidSavePointStatement",
        Error::BeginFailed => "sqlx::Error::BeginFailed",
        _ => "sqlx::Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_row_is_not_a_failure() {
        with_failure(&Error::RowNotFound, |_| panic!("recorded as a failure"));
    }

    #[test]
    fn errors_are_named_by_their_variant() {
        let mut shown = String::new();
        with_failure(&Error::PoolTimedOut, |failure| {
            shown = format!("{failure:?}");
        });
        assert!(shown.contains("sqlx::Error::PoolTimedOut"), "{shown}");
    }
}
