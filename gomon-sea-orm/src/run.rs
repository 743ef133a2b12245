//! Recording of one statement.

use std::future::poll_fn;
use std::pin::Pin;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, StreamTrait};

use super::stream::MonitoredStream;
use super::{facts, values};
use gomon_sql::Dialect;
use gomon_sql::adapter::Own;
use gomon_sql::recording::{Scope, StatementEvent, StatementKind};

pub(super) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, DbErr>> + Send + 'a>>;

/// The scope and the connection of a statement.
pub(super) struct Run<'a, C> {
    pub(super) scope: &'a Scope,
    pub(super) inner: &'a C,
}

impl<'a, C> Run<'a, C> {
    fn dialect(&self) -> Dialect {
        self.scope.database().dialect()
    }

    fn query(&self, statement: &Statement) -> StatementEvent {
        let mut event = (self.scope).statement(StatementKind::Query, &statement.sql);
        values::params(&mut event, statement);
        event
    }
}

impl<'a, C: ConnectionTrait> Run<'a, C> {
    pub(super) async fn execute(self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut event = (self.scope).statement(StatementKind::Execute, &statement.sql);
        values::params(&mut event, &statement);
        let backend = statement.db_backend;
        let recorded =
            |event: &mut StatementEvent, result: &ExecResult| record(event, result, backend);
        watched(
            self.dialect(),
            event,
            self.inner.execute_raw(statement),
            recorded,
        )
        .await
    }

    pub(super) async fn execute_unprepared(self, sql: &str) -> Result<ExecResult, DbErr> {
        let event = self.scope.statement(StatementKind::Execute, sql);
        let backend = self.inner.get_database_backend();
        let recorded =
            |event: &mut StatementEvent, result: &ExecResult| record(event, result, backend);
        watched(
            self.dialect(),
            event,
            self.inner.execute_unprepared(sql),
            recorded,
        )
        .await
    }

    pub(super) async fn query_one(
        self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        let event = self.query(&statement);
        let recorded = |event: &mut StatementEvent, row: &Option<QueryResult>| {
            if let Some(row) = row {
                values::row(event, row);
            }
        };
        watched(
            self.dialect(),
            event,
            self.inner.query_one_raw(statement),
            recorded,
        )
        .await
    }

    pub(super) async fn query_all(self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let event = self.query(&statement);
        let recorded = |event: &mut StatementEvent, rows: &Vec<QueryResult>| {
            for row in rows {
                values::row(event, row);
            }
        };
        watched(
            self.dialect(),
            event,
            self.inner.query_all_raw(statement),
            recorded,
        )
        .await
    }
}

impl<'a, C: StreamTrait> Run<'a, C> {
    pub(super) fn stream(self, statement: Statement) -> Answer<'a, MonitoredStream<C::Stream<'a>>> {
        let event = self.query(&statement);
        Box::pin(stream(
            self.dialect(),
            event,
            self.inner.stream_raw(statement),
        ))
    }
}

/// Awaits an answer. If it is dropped before that, the event is cancelled.
async fn watched<T>(
    dialect: Dialect,
    mut event: StatementEvent,
    answer: Answer<'_, T>,
    record: impl FnOnce(&mut StatementEvent, &T),
) -> Result<T, DbErr> {
    let mut answer = Own::new(answer, dialect);
    let answer = poll_fn(|cx| event.poll_in(|| Pin::new(&mut answer).poll(cx))).await;
    match &answer {
        Ok(result) => record(&mut event, result),
        Err(error) => facts::with_failure(error, |failure| event.fail(failure)),
    }
    event.complete();
    answer
}

/// Records the result of a statement without rows.
fn record(event: &mut StatementEvent, result: &ExecResult, backend: DbBackend) {
    event.set_affected(result.rows_affected());
    // SeaORM panics for PostgreSQL, which has no such id, and for negative ids of SQLite.
    if backend == DbBackend::MySql
        && let Ok(id @ 1..) = i64::try_from(result.last_insert_id())
    {
        event.set_last_id(id);
    }
}

async fn stream<S>(
    dialect: Dialect,
    mut event: StatementEvent,
    answer: Answer<'_, S>,
) -> Result<MonitoredStream<S>, DbErr> {
    let mut answer = Own::new(answer, dialect);
    match poll_fn(|cx| event.poll_in(|| Pin::new(&mut answer).poll(cx))).await {
        Ok(rows) => Ok(MonitoredStream::new(rows, event, dialect)),
        Err(error) => {
            facts::with_failure(&error, |failure| event.fail(failure));
            event.complete();
            Err(error)
        }
    }
}
