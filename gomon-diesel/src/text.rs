//! SQL text and errors of diesel in the event model, without bind values.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use diesel::backend::Backend;
use diesel::connection::DebugQuery;
use diesel::query_builder::{QueryBuilder as _, QueryFragment};
use diesel::result::{ConnectionError, DatabaseErrorKind, Error};

use gomon_sql::recording::{Database, Failure};
use gomon_sql::{Dialect, Setup};

/// Returns the text of a query as it is sent, with placeholders; `None` if diesel cannot build it.
pub(super) fn of_fragment<DB, T>(source: &T) -> Option<String>
where
    DB: Backend<QueryBuilder: Default> + Default,
    T: QueryFragment<DB>,
{
    let mut builder = DB::QueryBuilder::default();
    source.to_sql(&mut builder, &DB::default()).ok()?;
    Some(builder.finish())
}

/// Calls `read` with the text of a query of the instrumentation, without its bind values.
///
/// Diesel writes the text in one piece and then a comment with the values. The second piece is refused, so that values
/// are not even formatted. `None` if diesel cannot build the text.
pub(super) fn of_debug<R>(query: &dyn DebugQuery, read: impl FnOnce(&str) -> R) -> Option<R> {
    let mut first = FirstPiece {
        read: Some(read),
        result: None,
    };
    // The second piece fails on purpose.
    let _ = write!(first, "{query}");
    first.result
}

struct FirstPiece<F, R> {
    read: Option<F>,
    result: Option<R>,
}

impl<F: FnOnce(&str) -> R, R> fmt::Write for FirstPiece<F, R> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if piece.is_empty() {
            return Ok(());
        }
        let read = self.read.take().ok_or(fmt::Error)?;
        self.result = Some(read(piece));
        Ok(())
    }
}

/// Returns the dialect of a backend by the name of its type, because the backends are features of diesel that the user
/// chooses.
pub(super) fn dialect<DB>() -> Dialect {
    match std::any::type_name::<DB>().rsplit("::").next() {
        Some("Pg") => Dialect::PostgreSql,
        Some("Sqlite") => Dialect::Sqlite,
        Some("Mysql") => Dialect::MySql,
        _ => Dialect::Unknown,
    }
}

/// Returns the dialect of a URL. A path of SQLite has no scheme, and PostgreSQL's `host=db` is not a path.
pub(super) fn dialect_of_url(url: &str) -> Dialect {
    match url.split_once("://").map(|(scheme, _)| scheme) {
        Some("postgres" | "postgresql") => Dialect::PostgreSql,
        Some("mysql" | "mariadb") => Dialect::MySql,
        Some("file" | "sqlite") => Dialect::Sqlite,
        Some(_) => Dialect::Unknown,
        None if is_file(url) => Dialect::Sqlite,
        None => match url.split_once('=') {
            Some((word, _)) if !word.contains(['/', '\\', '.']) => Dialect::PostgreSql,
            _ => Dialect::Sqlite,
        },
    }
}

/// Returns whether it has a scheme of SQLite.
fn is_file(url: &str) -> bool {
    ["file:", "sqlite:"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
}

/// Returns an error in the form in which it is recorded.
pub(super) fn failure(error: &Error, dialect: Dialect) -> Failure<'_> {
    let failure = Failure::new(error, kind(error)).with_code(sqlstate(error, dialect));
    match error {
        Error::DatabaseError(kind, _) if !is_of_connection(kind) => failure.from_server(),
        _ => failure,
    }
}

/// Returns whether the database may not have answered.
const fn is_of_connection(kind: &DatabaseErrorKind) -> bool {
    matches!(
        kind,
        DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection
    )
}

/// Returns an error of opening a connection in the form in which it is recorded.
pub(super) fn connection_failure(error: &ConnectionError, dialect: Dialect) -> Failure<'_> {
    let sqlstate = match error {
        ConnectionError::CouldntSetupConfiguration(error) => sqlstate(error, dialect),
        _ => None,
    };
    Failure::new(error, kind_of_connection(error)).with_code(sqlstate)
}

/// Describes a database by the URL of diesel.
pub(super) fn database(setup: Setup, dialect: Dialect, url: &str) -> Database {
    Database::new(setup, dialect, &dsn(dialect, url))
}

/// Returns the connection string for a URL of diesel, which is a path for SQLite.
pub(super) fn dsn(dialect: Dialect, url: &str) -> Cow<'_, str> {
    let is_path = dialect == Dialect::Sqlite && !url.is_empty() && !is_file(url);
    if is_path {
        Cow::Owned(format!("sqlite:{url}"))
    } else {
        Cow::Borrowed(url)
    }
}

/// Returns the `type` of an event's error.
const fn kind(error: &Error) -> &'static str {
    match error {
        Error::InvalidCString(_) => "diesel::InvalidCString",
        Error::DatabaseError(kind, _) => kind_of_database_error(kind),
        Error::NotFound => "diesel::NotFound",
        Error::QueryBuilderError(_) => "diesel::QueryBuilderError",
        Error::DeserializationError(_) => "diesel::DeserializationError",
        Error::SerializationError(_) => "diesel::SerializationError",
        Error::RollbackErrorOnCommit { .. } => "diesel::RollbackErrorOnCommit",
        Error::RollbackTransaction => "diesel::RollbackTransaction",
        Error::AlreadyInTransaction => "diesel::AlreadyInTransaction",
        Error::NotInTransaction => "diesel::NotInTransaction",
        Error::BrokenTransactionManager => "diesel::BrokenTransactionManager",
        _ => "diesel::Error",
    }
}

const fn kind_of_database_error(kind: &DatabaseErrorKind) -> &'static str {
    match kind {
        DatabaseErrorKind::UniqueViolation => "diesel::UniqueViolation",
        DatabaseErrorKind::ForeignKeyViolation => "diesel::ForeignKeyViolation",
        DatabaseErrorKind::UnableToSendCommand => "diesel::UnableToSendCommand",
        DatabaseErrorKind::SerializationFailure => "diesel::SerializationFailure",
        DatabaseErrorKind::ReadOnlyTransaction => "diesel::ReadOnlyTransaction",
        DatabaseErrorKind::RestrictViolation => "diesel::RestrictViolation",
        DatabaseErrorKind::NotNullViolation => "diesel::NotNullViolation",
        DatabaseErrorKind::CheckViolation => "diesel::CheckViolation",
        DatabaseErrorKind::ExclusionViolation => "diesel::ExclusionViolation",
        DatabaseErrorKind::ClosedConnection => "diesel::ClosedConnection",
        _ => "diesel::DatabaseError",
    }
}

/// Returns the SQLSTATE if the kind of the error determines it, which is the case for some kinds of PostgreSQL and for the
/// deadlock of MySQL.
const fn sqlstate(error: &Error, dialect: Dialect) -> Option<&'static str> {
    let Error::DatabaseError(kind, _) = error else {
        return None;
    };
    match (dialect, kind) {
        (Dialect::PostgreSql, _) => {}
        (Dialect::MySql, DatabaseErrorKind::SerializationFailure) => return Some("40001"),
        _ => return None,
    }
    match kind {
        DatabaseErrorKind::UniqueViolation => Some("23505"),
        DatabaseErrorKind::ForeignKeyViolation => Some("23503"),
        DatabaseErrorKind::SerializationFailure => Some("40001"),
        DatabaseErrorKind::ReadOnlyTransaction => Some("25006"),
        DatabaseErrorKind::RestrictViolation => Some("23001"),
        DatabaseErrorKind::NotNullViolation => Some("23502"),
        DatabaseErrorKind::CheckViolation => Some("23514"),
        DatabaseErrorKind::ExclusionViolation => Some("23P01"),
        _ => None,
    }
}

/// Returns the `type` of an error of opening a connection.
const fn kind_of_connection(error: &ConnectionError) -> &'static str {
    match error {
        ConnectionError::InvalidCString(_) => "diesel::InvalidCString",
        ConnectionError::BadConnection(_) => "diesel::BadConnection",
        ConnectionError::InvalidConnectionUrl(_) => "diesel::InvalidConnectionUrl",
        ConnectionError::CouldntSetupConfiguration(error) => kind(error),
        _ => "diesel::ConnectionError",
    }
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;
    use diesel::sqlite::Sqlite;

    use super::*;

    diesel::table! {
        goods (id) {
            id -> Integer,
            name -> Text,
        }
    }

    #[test]
    fn binds_are_not_read() {
        let query = goods::table.filter(goods::name.eq("secret"));
        let shown = diesel::debug_query::<Sqlite, _>(&query);
        assert!(shown.to_string().contains("secret"));
        let text = of_debug(&shown, str::to_owned).unwrap();
        assert_eq!(Some(&text), of_fragment::<Sqlite, _>(&query).as_ref());
        assert!(text.ends_with("WHERE (`goods`.`name` = ?)"), "{text}");
    }

    #[test]
    fn dialects_are_found_by_urls_and_backends() {
        for (url, dialect) in [
            ("postgres://db/shop", Dialect::PostgreSql),
            ("postgresql://db/shop", Dialect::PostgreSql),
            ("host=db dbname=shop", Dialect::PostgreSql),
            ("mysql://db/shop", Dialect::MySql),
            ("shop.db", Dialect::Sqlite),
            (":memory:", Dialect::Sqlite),
            ("file:shop.db?mode=ro", Dialect::Sqlite),
            ("file:///var/shop.db?mode=ro", Dialect::Sqlite),
            ("sqlite://shop.db", Dialect::Sqlite),
            ("sqlite:shop.db?mode=rwc", Dialect::Sqlite),
            ("/var/tenant=7/shop.db", Dialect::Sqlite),
            ("C:\\tenant=7\\shop.db", Dialect::Sqlite),
            ("./tenant=7.db", Dialect::Sqlite),
            ("oracle://db/shop", Dialect::Unknown),
        ] {
            assert_eq!(dialect_of_url(url), dialect, "{url}");
        }
        assert_eq!(dialect::<Sqlite>(), Dialect::Sqlite);
        assert_eq!(dialect::<diesel::pg::Pg>(), Dialect::PostgreSql);
        assert_eq!(dialect::<String>(), Dialect::Unknown);
    }

    #[test]
    fn path_of_sqlite_gets_its_scheme_once() {
        let named = |url| {
            let database = database(Setup::new(), Dialect::Sqlite, url);
            database.dsn().to_owned()
        };
        assert_eq!(named("/var/shop.db"), "sqlite:/var/shop.db");
        assert_eq!(named("sqlite:/var/shop.db"), "sqlite:/var/shop.db");
        assert_eq!(named("file:/var/shop.db?key=pw"), "file:/var/shop.db");
        assert_eq!(named(""), "");
    }

    #[test]
    fn kind_with_one_sqlstate_records_the_sqlstate() {
        let error = |kind| Error::DatabaseError(kind, Box::new("failed".to_owned()));
        let unique = error(DatabaseErrorKind::UniqueViolation);
        assert_eq!(sqlstate(&unique, Dialect::PostgreSql), Some("23505"));
        assert_eq!(sqlstate(&unique, Dialect::Sqlite), None);
        let deadlock = error(DatabaseErrorKind::SerializationFailure);
        assert_eq!(sqlstate(&deadlock, Dialect::MySql), Some("40001"));
        assert_eq!(sqlstate(&unique, Dialect::MySql), None);
        let closed = error(DatabaseErrorKind::ClosedConnection);
        assert_eq!(sqlstate(&closed, Dialect::PostgreSql), None);
        assert_eq!(kind(&closed), "diesel::ClosedConnection");
    }
}
