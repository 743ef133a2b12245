//! Queries on a pool, each on its own checkout.

use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;
use sqlx_core::Either;
use sqlx_core::describe::Describe;
use sqlx_core::error::Error;
use sqlx_core::executor::{Execute, Executor};
use sqlx_core::sql_str::SqlStr;

use super::database::{MonitoredDatabase, Step};
use super::generated::Generated;
use super::pool::MonitoredPool;
use super::query::TakenQuery;
use super::query_watch::Kind;
use super::rows::Rows;
use super::single;

/// Runs an expression with a connection of the pool. A closure could not lend the connection to its future.
///
/// The future of the checkout is large, so it is created where it is awaited, which saves a copy.
macro_rules! on_connection {
    ($pool:expr, |$connection:ident| $work:expr) => {{
        let pool = $pool.clone();
        Box::pin(async move {
            let mut $connection = pool.checkout().await?;
            $work.await
        })
    }};
}

impl<'p, DB: MonitoredDatabase> Executor<'p> for &'_ MonitoredPool<DB> {
    type Database = DB;

    fn execute<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<DB::QueryResult, Error>>
    where
        'p: 'e,
        E: Execute<'q, DB> + 'q,
    {
        let query = TakenQuery::take(query);
        on_connection!(self, |connection| {
            Rows::new(connection.parts(), query, Kind::Execute).execute()
        })
    }

    fn execute_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<DB::QueryResult, Error>>
    where
        'p: 'e,
        E: Execute<'q, DB> + 'q,
    {
        stream(self, TakenQuery::take(query), Kind::Execute, Either::left)
    }

    fn fetch<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<DB::Row, Error>>
    where
        'p: 'e,
        E: Execute<'q, DB> + 'q,
    {
        stream(self, TakenQuery::take(query), Kind::Fetch, Either::right)
    }

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step<DB>, Error>>
    where
        'p: 'e,
        E: Execute<'q, DB> + 'q,
    {
        stream(self, TakenQuery::take(query), Kind::Fetch, Some)
    }

    fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Vec<DB::Row>, Error>>
    where
        'p: 'e,
        E: Execute<'q, DB> + 'q,
    {
        let query = TakenQuery::take(query);
        on_connection!(self, |connection| {
            Rows::new(connection.parts(), query, Kind::Fetch).fetch_all()
        })
    }

    fn fetch_one<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<DB::Row, Error>>
    where
        'p: 'e,
        E: Execute<'q, DB> + 'q,
    {
        let query = TakenQuery::take(query);
        on_connection!(self, |connection| {
            single::fetch_one(connection.parts(), query)
        })
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
    where
        'p: 'e,
        E: Execute<'q, DB> + 'q,
    {
        let query = TakenQuery::take(query);
        on_connection!(self, |connection| {
            single::fetch_optional(connection.parts(), query)
        })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [DB::TypeInfo],
    ) -> BoxFuture<'e, Result<DB::Statement, Error>>
    where
        'p: 'e,
    {
        on_connection!(self, |connection| {
            single::prepare::<DB, _>(connection.parts(), sql, parameters)
        })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>
    where
        'p: 'e,
    {
        on_connection!(self, |connection| { DB::describe(connection.raw(), sql) })
    }
}

fn stream<'e, DB: MonitoredDatabase, T: Send + 'e>(
    pool: &MonitoredPool<DB>,
    query: TakenQuery<DB>,
    kind: Kind,
    select: fn(Step<DB>) -> Option<T>,
) -> BoxStream<'e, Result<T, Error>> {
    let pool = pool.clone();
    Box::pin(Generated::new(|slot| async move {
        let mut connection = pool.checkout().await?;
        let mut rows = Rows::new(connection.parts(), query, kind);
        while let Some(step) = rows.next().await {
            if let Some(item) = select(step?) {
                slot.give(item).await;
            }
        }
        Ok(())
    }))
}
