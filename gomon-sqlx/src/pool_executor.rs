//! Queries on a pool: a connection is taken for each, and given back at its end.

use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use sqlx_core::describe::Describe;
use sqlx_core::error::Error;
use sqlx_core::executor::{Execute, Executor};
use sqlx_core::sql_str::SqlStr;

use super::database::{MonitoredDatabase, Step};
use super::generated::Generated;
use super::pool::MonitoredPool;
use super::query::TakenQuery;
use super::query_watch::Kind;
use super::rows::{Both, ResultsOnly, Rows, RowsOnly, Wanted};
use super::single;

/// Takes a connection, does this with it, and gives it back. A closure could not lend the connection to its future.
///
/// The future of the checkout is large, and made where it is awaited, lest it is copied there once more.
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
        stream::<DB, ResultsOnly>(self, TakenQuery::take(query), Kind::Execute)
    }

    fn fetch<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<DB::Row, Error>>
    where
        'p: 'e,
        E: Execute<'q, DB> + 'q,
    {
        stream::<DB, RowsOnly>(self, TakenQuery::take(query), Kind::Fetch)
    }

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step<DB>, Error>>
    where
        'p: 'e,
        E: Execute<'q, DB> + 'q,
    {
        stream::<DB, Both>(self, TakenQuery::take(query), Kind::Fetch)
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
            single::prepare(connection.parts(), sql, parameters)
        })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>
    where
        'p: 'e,
    {
        on_connection!(self, |connection| { DB::describe(connection.raw(), sql) })
    }
}

fn stream<'e, DB: MonitoredDatabase, W: Wanted<DB>>(
    pool: &MonitoredPool<DB>,
    query: TakenQuery<DB>,
    kind: Kind,
) -> BoxStream<'e, Result<W::Item, Error>>
where
    W::Item: Send + 'e,
{
    let pool = pool.clone();
    Box::pin(Generated::new(|slot| async move {
        let mut connection = pool.checkout().await?;
        let mut rows = Rows::new(connection.parts(), query, kind);
        while let Some(step) = rows.next().await {
            if let Some(item) = W::pick(step?) {
                slot.give(item).await;
            }
        }
        Ok(())
    }))
}
