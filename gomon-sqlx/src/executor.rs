//! Queries on a connection.

use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use sqlx_core::Either;
use sqlx_core::database::Database;
use sqlx_core::describe::Describe;
use sqlx_core::error::Error;
use sqlx_core::executor::{Execute, Executor};
use sqlx_core::sql_str::SqlStr;

use super::connection::{MonitoredConnection, Parts};
use super::database::{MonitoredDatabase, Step};
#[cfg(feature = "postgres")]
use super::listener::MonitoredListener;
use super::query::TakenQuery;
use super::query_watch::Kind;
use super::rows::Rows;
use super::single;
use super::source::Source;

/// Implements the executor of a type through its `parts`.
macro_rules! executor {
    ($({$($generic:tt)*})? $type:ty, $database:ty) => {
        impl<'c $(, $($generic)*)?> Executor<'c> for &'c mut $type {
            type Database = $database;

            fn execute<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxFuture<'e, Result<<$database as Database>::QueryResult, Error>>
            where
                'c: 'e,
                E: Execute<'q, $database> + 'q,
            {
                Box::pin(rows(self.parts(), query, Kind::Execute).execute())
            }

            fn execute_many<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxStream<'e, Result<<$database as Database>::QueryResult, Error>>
            where
                'c: 'e,
                E: Execute<'q, $database> + 'q,
            {
                Box::pin(rows(self.parts(), query, Kind::Execute).select(Either::left))
            }

            fn fetch<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxStream<'e, Result<<$database as Database>::Row, Error>>
            where
                'c: 'e,
                E: Execute<'q, $database> + 'q,
            {
                Box::pin(rows(self.parts(), query, Kind::Fetch).select(Either::right))
            }

            fn fetch_many<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxStream<'e, Result<Step<$database>, Error>>
            where
                'c: 'e,
                E: Execute<'q, $database> + 'q,
            {
                Box::pin(rows(self.parts(), query, Kind::Fetch))
            }

            fn fetch_all<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxFuture<'e, Result<Vec<<$database as Database>::Row>, Error>>
            where
                'c: 'e,
                E: Execute<'q, $database> + 'q,
            {
                Box::pin(rows(self.parts(), query, Kind::Fetch).fetch_all())
            }

            fn fetch_one<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxFuture<'e, Result<<$database as Database>::Row, Error>>
            where
                'c: 'e,
                E: Execute<'q, $database> + 'q,
            {
                Box::pin(single::fetch_one(self.parts(), TakenQuery::take(query)))
            }

            fn fetch_optional<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxFuture<'e, Result<Option<<$database as Database>::Row>, Error>>
            where
                'c: 'e,
                E: Execute<'q, $database> + 'q,
            {
                Box::pin(single::fetch_optional(
                    self.parts(),
                    TakenQuery::take(query),
                ))
            }

            fn prepare_with<'e>(
                self,
                sql: SqlStr,
                parameters: &'e [<$database as Database>::TypeInfo],
            ) -> BoxFuture<'e, Result<<$database as Database>::Statement, Error>>
            where
                'c: 'e,
            {
                Box::pin(single::prepare::<$database, _>(self.parts(), sql, parameters))
            }

            fn describe<'e>(
                self,
                sql: SqlStr,
            ) -> BoxFuture<'e, Result<Describe<$database>, Error>>
            where
                'c: 'e,
            {
                Source::<'e, $database>::describe(self.parts().raw, sql)
            }
        }
    };
}

executor!({DB: MonitoredDatabase} MonitoredConnection<DB>, DB);
#[cfg(feature = "postgres")]
executor!(MonitoredListener, sqlx_postgres::Postgres);

fn rows<'c, 'q, DB: MonitoredDatabase, R: Source<'c, DB>>(
    parts: Parts<'c, R>,
    query: impl Execute<'q, DB>,
    kind: Kind,
) -> Rows<'c, DB, R> {
    Rows::new(parts, TakenQuery::take(query), kind)
}
