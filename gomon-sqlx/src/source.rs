//! Where a query runs.

use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use sqlx_core::database::Database;
use sqlx_core::describe::Describe;
use sqlx_core::error::Error;
use sqlx_core::executor::Execute;
use sqlx_core::sql_str::SqlStr;

use super::database::{MonitoredDatabase, Step};

/// A connection, or what lends one. The driver's `Executor`, for generic code.
pub(super) trait Source<'e, DB: Database>: Send + Sized + 'e {
    fn fetch_many<'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step<DB>, Error>>
    where
        E: Execute<'q, DB> + 'q;

    fn fetch_optional<'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
    where
        E: Execute<'q, DB> + 'q;

    fn prepare_with(
        self,
        sql: SqlStr,
        parameters: &'e [DB::TypeInfo],
    ) -> BoxFuture<'e, Result<DB::Statement, Error>>;

    fn describe(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>;
}

/// The driver's own connection.
pub(super) struct Raw<'c, DB: Database>(pub(super) &'c mut DB::Connection);

impl<'e, DB: MonitoredDatabase> Source<'e, DB> for Raw<'e, DB> {
    fn fetch_many<'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step<DB>, Error>>
    where
        E: Execute<'q, DB> + 'q,
    {
        DB::fetch_many(self.0, query)
    }

    fn fetch_optional<'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
    where
        E: Execute<'q, DB> + 'q,
    {
        DB::fetch_optional(self.0, query)
    }

    fn prepare_with(
        self,
        sql: SqlStr,
        parameters: &'e [DB::TypeInfo],
    ) -> BoxFuture<'e, Result<DB::Statement, Error>> {
        DB::prepare_with(self.0, sql, parameters)
    }

    fn describe(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>> {
        DB::describe(self.0, sql)
    }
}

#[cfg(feature = "postgres")]
mod listener {
    use sqlx_core::executor::Executor;
    use sqlx_postgres::{PgListener, PgRow, PgStatement, PgTypeInfo, Postgres};

    use super::{BoxFuture, BoxStream, Describe, Error, Execute, Source, SqlStr, Step};

    impl<'e> Source<'e, Postgres> for &'e mut PgListener {
        fn fetch_many<'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step<Postgres>, Error>>
        where
            E: Execute<'q, Postgres> + 'q,
        {
            Executor::fetch_many(self, query)
        }

        fn fetch_optional<'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
        where
            E: Execute<'q, Postgres> + 'q,
        {
            Executor::fetch_optional(self, query)
        }

        fn prepare_with(
            self,
            sql: SqlStr,
            parameters: &'e [PgTypeInfo],
        ) -> BoxFuture<'e, Result<PgStatement, Error>> {
            Executor::prepare_with(self, sql, parameters)
        }

        fn describe(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>> {
            Executor::describe(self, sql)
        }
    }
}
