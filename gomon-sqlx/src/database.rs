//! Differences between the databases of sqlx.

use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use sqlx_core::Either;
use sqlx_core::connection::Connection;
use sqlx_core::database::Database;
use sqlx_core::describe::Describe;
use sqlx_core::error::Error;
use sqlx_core::executor::Execute;
use sqlx_core::sql_str::SqlStr;

use gomon_sql::Dialect;
use gomon_sql::recording::Cell;

/// An item of a query: a row, or the result of a statement after its rows.
pub(super) type Step<DB> = Either<<DB as Database>::QueryResult, <DB as Database>::Row>;

/// A database that can be monitored: one of the features of this crate.
///
/// It is the bound for code that is generic over databases; its methods are for this crate.
///
/// # Examples
///
/// ```
/// use gomon_sqlx::{MonitoredDatabase, MonitoredPool};
/// use sqlx::{Error, Executor};
///
/// async fn prune<DB: MonitoredDatabase>(pool: &MonitoredPool<DB>) -> Result<(), Error> {
///     pool.execute("DELETE FROM visit").await?;
///     Ok(())
/// }
/// ```
pub trait MonitoredDatabase: Database {
    #[doc(hidden)]
    const DIALECT: Dialect;

    /// Returns the dialect of the database at this address.
    #[doc(hidden)]
    fn dialect(_options: &<Self::Connection as Connection>::Options) -> Dialect {
        Self::DIALECT
    }

    /// Returns the dialect of the database behind this connection.
    #[doc(hidden)]
    fn dialect_of(_connection: &Self::Connection) -> Dialect {
        Self::DIALECT
    }

    #[doc(hidden)]
    fn fetch_many<'e, 'q: 'e, E>(
        connection: &'e mut Self::Connection,
        query: E,
    ) -> BoxStream<'e, Result<Step<Self>, Error>>
    where
        E: Execute<'q, Self> + 'q;

    #[doc(hidden)]
    fn fetch_optional<'e, 'q: 'e, E>(
        connection: &'e mut Self::Connection,
        query: E,
    ) -> BoxFuture<'e, Result<Option<Self::Row>, Error>>
    where
        E: Execute<'q, Self> + 'q;

    #[doc(hidden)]
    fn prepare_with<'e>(
        connection: &'e mut Self::Connection,
        sql: SqlStr,
        parameters: &'e [Self::TypeInfo],
    ) -> BoxFuture<'e, Result<Self::Statement, Error>>;

    #[doc(hidden)]
    fn describe<'e>(
        connection: &'e mut Self::Connection,
        sql: SqlStr,
    ) -> BoxFuture<'e, Result<Describe<Self>, Error>>;

    #[doc(hidden)]
    fn affected(result: &Self::QueryResult) -> u64;

    /// Returns the id that the statement generated for its last row, if it `inserts` any.
    #[doc(hidden)]
    fn last_id(result: &Self::QueryResult, inserts: bool) -> Option<i64>;

    /// Returns the address of the database, without user and password.
    #[doc(hidden)]
    fn address(options: &<Self::Connection as Connection>::Options) -> String;

    /// Returns a value of a row, to be recorded.
    #[doc(hidden)]
    fn cell(row: &Self::Row, index: usize) -> Cell;
}

/// Methods that are equal for all databases, but need the concrete connection as an executor.
#[cfg(any(
    feature = "any",
    feature = "mysql",
    feature = "postgres",
    feature = "sqlite"
))]
macro_rules! forward_to_connection {
    () => {
        fn fetch_many<'e, 'q: 'e, E>(
            connection: &'e mut Self::Connection,
            query: E,
        ) -> futures_core::stream::BoxStream<
            'e,
            Result<super::database::Step<Self>, sqlx_core::error::Error>,
        >
        where
            E: sqlx_core::executor::Execute<'q, Self> + 'q,
        {
            sqlx_core::executor::Executor::fetch_many(connection, query)
        }

        fn fetch_optional<'e, 'q: 'e, E>(
            connection: &'e mut Self::Connection,
            query: E,
        ) -> futures_core::future::BoxFuture<'e, Result<Option<Self::Row>, sqlx_core::error::Error>>
        where
            E: sqlx_core::executor::Execute<'q, Self> + 'q,
        {
            sqlx_core::executor::Executor::fetch_optional(connection, query)
        }

        fn prepare_with<'e>(
            connection: &'e mut Self::Connection,
            sql: sqlx_core::sql_str::SqlStr,
            parameters: &'e [Self::TypeInfo],
        ) -> futures_core::future::BoxFuture<'e, Result<Self::Statement, sqlx_core::error::Error>> {
            sqlx_core::executor::Executor::prepare_with(connection, sql, parameters)
        }

        fn describe<'e>(
            connection: &'e mut Self::Connection,
            sql: sqlx_core::sql_str::SqlStr,
        ) -> futures_core::future::BoxFuture<
            'e,
            Result<sqlx_core::describe::Describe<Self>, sqlx_core::error::Error>,
        > {
            sqlx_core::executor::Executor::describe(connection, sql)
        }

        fn affected(result: &Self::QueryResult) -> u64 {
            result.rows_affected()
        }
    };
}

#[cfg(any(
    feature = "any",
    feature = "mysql",
    feature = "postgres",
    feature = "sqlite"
))]
pub(super) use forward_to_connection;
