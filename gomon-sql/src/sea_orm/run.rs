//! One statement of SeaORM, from when it is asked for until it is answered.

use std::future::poll_fn;
use std::pin::Pin;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use super::facts;
use super::stream::MonitoredStream;
use crate::recording::{Scope, StatementEvent, StatementKind};

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, DbErr>> + Send + 'a>>;

pub(super) async fn execute<C: ConnectionTrait>(
    scope: &Scope,
    inner: &C,
    statement: Statement,
) -> Result<ExecResult, DbErr> {
    let event = scope.statement(StatementKind::Execute, &statement.sql);
    let backend = statement.db_backend;
    let told = |event: &mut StatementEvent, result: &ExecResult| tell(event, result, backend);
    watched(event, inner.execute_raw(statement), told).await
}

pub(super) async fn execute_unprepared<C: ConnectionTrait>(
    scope: &Scope,
    inner: &C,
    sql: &str,
) -> Result<ExecResult, DbErr> {
    let event = scope.statement(StatementKind::Execute, sql);
    let backend = inner.get_database_backend();
    let told = |event: &mut StatementEvent, result: &ExecResult| tell(event, result, backend);
    watched(event, inner.execute_unprepared(sql), told).await
}

pub(super) async fn query_one<C: ConnectionTrait>(
    scope: &Scope,
    inner: &C,
    statement: Statement,
) -> Result<Option<QueryResult>, DbErr> {
    let event = scope.statement(StatementKind::Query, &statement.sql);
    let told = |event: &mut StatementEvent, row: &Option<QueryResult>| {
        if row.is_some() {
            let _kept = event.row();
        }
    };
    watched(event, inner.query_one_raw(statement), told).await
}

pub(super) async fn query_all<C: ConnectionTrait>(
    scope: &Scope,
    inner: &C,
    statement: Statement,
) -> Result<Vec<QueryResult>, DbErr> {
    let event = scope.statement(StatementKind::Query, &statement.sql);
    let told = |event: &mut StatementEvent, rows: &Vec<QueryResult>| {
        for _ in rows {
            let _kept = event.row();
        }
    };
    watched(event, inner.query_all_raw(statement), told).await
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
    let _slow = event.complete();
    answer
}

fn tell(event: &mut StatementEvent, result: &ExecResult, backend: DbBackend) {
    event.set_affected(result.rows_affected());
    // SeaORM panics for PostgreSQL, which has no such id, and for negative ids of SQLite.
    if backend == DbBackend::MySql
        && let Ok(id @ 1..) = i64::try_from(result.last_insert_id())
    {
        event.set_last_id(id);
    }
}

pub(super) async fn stream<S>(
    mut event: StatementEvent,
    mut answer: Answer<'_, S>,
) -> Result<MonitoredStream<S>, DbErr> {
    match poll_fn(|cx| event.poll_in(|| answer.as_mut().poll(cx))).await {
        Ok(rows) => Ok(MonitoredStream::new(rows, event)),
        Err(error) => {
            facts::with_failure(&error, |failure| event.fail(failure));
            let _slow = event.complete();
            Err(error)
        }
    }
}
