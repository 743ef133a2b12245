//! One statement of SeaORM, from when it is asked for until it is answered.

use std::future::poll_fn;
use std::pin::Pin;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, StreamTrait};

use super::stream::MonitoredStream;
use super::{facts, values};
use gomon_sql::recording::{Scope, StatementEvent, StatementKind};

pub(super) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, DbErr>> + Send + 'a>>;

/// Where statements of a database or a transaction are sent, and what they are recorded under.
pub(super) struct Run<'a, C> {
    pub(super) scope: &'a Scope,
    pub(super) inner: &'a C,
}

impl<'a, C> Run<'a, C> {
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
        let told = |event: &mut StatementEvent, result: &ExecResult| tell(event, result, backend);
        watched(event, self.inner.execute_raw(statement), told).await
    }

    pub(super) async fn execute_unprepared(self, sql: &str) -> Result<ExecResult, DbErr> {
        let event = self.scope.statement(StatementKind::Execute, sql);
        let backend = self.inner.get_database_backend();
        let told = |event: &mut StatementEvent, result: &ExecResult| tell(event, result, backend);
        watched(event, self.inner.execute_unprepared(sql), told).await
    }

    pub(super) async fn query_one(
        self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        let event = self.query(&statement);
        let told = |event: &mut StatementEvent, row: &Option<QueryResult>| {
            if let Some(row) = row {
                values::row(event, row);
            }
        };
        watched(event, self.inner.query_one_raw(statement), told).await
    }

    pub(super) async fn query_all(self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let event = self.query(&statement);
        let told = |event: &mut StatementEvent, rows: &Vec<QueryResult>| {
            for row in rows {
                values::row(event, row);
            }
        };
        watched(event, self.inner.query_all_raw(statement), told).await
    }
}

impl<'a, C: StreamTrait> Run<'a, C> {
    pub(super) fn stream(self, statement: Statement) -> Answer<'a, MonitoredStream<C::Stream<'a>>> {
        let event = self.query(&statement);
        Box::pin(stream(event, self.inner.stream_raw(statement)))
    }
}

/// Dropped before the answer, it is cancelled.
async fn watched<T>(
    mut event: StatementEvent,
    mut answer: Answer<'_, T>,
    tell: impl FnOnce(&mut StatementEvent, &T),
) -> Result<T, DbErr> {
    let answer = poll_fn(|cx| event.poll_in(|| answer.as_mut().poll(cx))).await;
    match &answer {
        Ok(result) => tell(&mut event, result),
        Err(error) => facts::with_failure(error, |failure| event.fail(failure)),
    }
    event.complete();
    answer
}

/// Ends the event of a statement, and asks for its plan where that is wanted.
fn tell(event: &mut StatementEvent, result: &ExecResult, backend: DbBackend) {
    event.set_affected(result.rows_affected());
    // SeaORM panics for PostgreSQL, which has no such id, and for negative ids of SQLite.
    if backend == DbBackend::MySql
        && let Ok(id @ 1..) = i64::try_from(result.last_insert_id())
    {
        event.set_last_id(id);
    }
}

async fn stream<S>(
    mut event: StatementEvent,
    mut answer: Answer<'_, S>,
) -> Result<MonitoredStream<S>, DbErr> {
    match poll_fn(|cx| event.poll_in(|| answer.as_mut().poll(cx))).await {
        Ok(rows) => Ok(MonitoredStream::new(rows, event)),
        Err(error) => {
            facts::with_failure(&error, |failure| event.fail(failure));
            event.complete();
            Err(error)
        }
    }
}
