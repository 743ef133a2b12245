//! What differs between the databases that sqlx speaks to.

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
use gomon_sql::adapter::Cell;

/// What a query gives: one result for each statement, and rows before it.
pub(super) type Step<DB> = Either<<DB as Database>::QueryResult, <DB as Database>::Row>;

/// A database that can be monitored: those for which this crate has a feature.
///
/// It stands for the bounds on connections that code generic over databases needs; its methods are for this crate.
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

    /// The id that the statement gave to the last row that it made, if it `inserts` any.
    #[doc(hidden)]
    fn last_id(result: &Self::QueryResult, inserts: bool) -> Option<i64>;

    /// Where connections lead, without user and password.
    #[doc(hidden)]
    fn address(options: &<Self::Connection as Connection>::Options) -> String;

    /// What stands in a row, to be recorded.
    #[doc(hidden)]
    fn cell(row: &Self::Row, index: usize) -> Cell;
}

/// What is the same for all, but cannot be said generically: that a connection is an executor.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
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

#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub(super) use forward_to_connection;
