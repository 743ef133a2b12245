//! Queries on a connection.

use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use sqlx_core::Either;
use sqlx_core::describe::Describe;
use sqlx_core::error::Error;
use sqlx_core::executor::{Execute, Executor};
use sqlx_core::sql_str::SqlStr;

use super::connection::MonitoredConnection;
use super::database::{MonitoredDatabase, Step};
use super::query::TakenQuery;
use super::query_watch::Kind;
use super::rows::Rows;
use super::single;

impl<'c, DB: MonitoredDatabase> Executor<'c> for &'c mut MonitoredConnection<DB> {
    type Database = DB;

    fn execute<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<DB::QueryResult, Error>>
    where
        'c: 'e,
        E: Execute<'q, DB> + 'q,
    {
        Box::pin(rows(self, query, Kind::Execute).execute())
    }

    fn execute_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<DB::QueryResult, Error>>
    where
        'c: 'e,
        E: Execute<'q, DB> + 'q,
    {
        Box::pin(rows(self, query, Kind::Execute).select(Either::left))
    }

    fn fetch<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<DB::Row, Error>>
    where
        'c: 'e,
        E: Execute<'q, DB> + 'q,
    {
        Box::pin(rows(self, query, Kind::Fetch).select(Either::right))
    }

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step<DB>, Error>>
    where
        'c: 'e,
        E: Execute<'q, DB> + 'q,
    {
        Box::pin(rows(self, query, Kind::Fetch))
    }

    fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Vec<DB::Row>, Error>>
    where
        'c: 'e,
        E: Execute<'q, DB> + 'q,
    {
        Box::pin(rows(self, query, Kind::Fetch).fetch_all())
    }

    fn fetch_one<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<DB::Row, Error>>
    where
        'c: 'e,
        E: Execute<'q, DB> + 'q,
    {
        Box::pin(single::fetch_one(self.parts(), TakenQuery::take(query)))
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
    where
        'c: 'e,
        E: Execute<'q, DB> + 'q,
    {
        Box::pin(single::fetch_optional(
            self.parts(),
            TakenQuery::take(query),
        ))
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [DB::TypeInfo],
    ) -> BoxFuture<'e, Result<DB::Statement, Error>>
    where
        'c: 'e,
    {
        Box::pin(single::prepare(self.parts(), sql, parameters))
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>
    where
        'c: 'e,
    {
        DB::describe(self.raw(), sql)
    }
}

fn rows<'c, 'q, DB: MonitoredDatabase>(
    connection: &'c mut MonitoredConnection<DB>,
    query: impl Execute<'q, DB>,
    kind: Kind,
) -> Rows<'c, DB> {
    Rows::new(connection.parts(), TakenQuery::take(query), kind)
}
