//! Recorded transactions.

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult,
    Statement, StreamTrait, TransactionError, TransactionOptions, TransactionSession,
    TransactionTrait,
};

use super::connection::forward_connection;
use super::facts;
use super::run::Run;
use super::stream::MonitoredStream;
use gomon_sql::adapter::Own;
use gomon_sql::recording::{TransactionEnd, TransactionEvent};

/// A transaction or savepoint of SeaORM that is recorded, with its statements below it.
///
/// If it is dropped, SeaORM rolls it back, and its event has `end` = `dropped`.
pub struct MonitoredTransaction<T> {
    // Dropped before the event, because its drop rolls back.
    inner: T,
    event: TransactionEvent,
}

impl<T> MonitoredTransaction<T> {
    pub(super) async fn begin_in<C>(
        outer: Run<'_, C>,
        isolation: Option<IsolationLevel>,
        begun: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<Self, DbErr> {
        let mut event = TransactionEvent::begin(outer.scope);
        if let Some(level) = isolation {
            event.set_isolation(&level.to_string());
        }
        let dialect = outer.scope.database().dialect();
        match Own::new(Box::pin(begun), dialect).await {
            Ok(inner) => {
                event.begun();
                Ok(Self { inner, event })
            }
            Err(error) => {
                facts::with_failure(&error, |failure| event.fail(failure));
                Err(error)
            }
        }
    }
}

impl<T: TransactionSession> MonitoredTransaction<T> {
    /// Commits it.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn commit(self) -> Result<(), DbErr> {
        let Self { inner, event, .. } = self;
        let dialect = event.scope().database().dialect();
        ended(
            event,
            TransactionEnd::Commit,
            Own::new(Box::pin(inner.commit()), dialect).await,
        )
    }

    /// Rolls it back.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn rollback(self) -> Result<(), DbErr> {
        let Self { inner, event, .. } = self;
        let dialect = event.scope().database().dialect();
        ended(
            event,
            TransactionEnd::Rollback,
            Own::new(Box::pin(inner.rollback()), dialect).await,
        )
    }
}

fn ended(
    mut event: TransactionEvent,
    how: TransactionEnd,
    answer: Result<(), DbErr>,
) -> Result<(), DbErr> {
    match &answer {
        Ok(()) => event.end(how),
        Err(error) => facts::with_failure(error, |failure| event.fail(failure)),
    }
    answer
}

/// Runs `callback` in a transaction, and commits it, or rolls it back on an error.
pub(super) async fn run_in<T, F, R, E>(
    begun: Result<MonitoredTransaction<T>, DbErr>,
    callback: F,
) -> Result<R, TransactionError<E>>
where
    T: TransactionSession,
    F: for<'c> FnOnce(
        &'c MonitoredTransaction<T>,
    ) -> Pin<Box<dyn Future<Output = Result<R, E>> + Send + 'c>>,
    E: fmt::Display + fmt::Debug,
{
    let transaction = begun.map_err(TransactionError::Connection)?;
    let result = callback(&transaction).await;
    let ended = match &result {
        Ok(_) => transaction.commit().await,
        Err(_) => transaction.rollback().await,
    };
    ended.map_err(TransactionError::Connection)?;
    result.map_err(TransactionError::Transaction)
}

#[async_trait]
impl<T: TransactionSession + Send> TransactionSession for MonitoredTransaction<T> {
    async fn commit(self) -> Result<(), DbErr> {
        Self::commit(self).await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        Self::rollback(self).await
    }
}

impl<T> MonitoredTransaction<T> {
    fn run(&self) -> Run<'_, T> {
        Run {
            scope: self.event.scope(),
            inner: &self.inner,
        }
    }
}

// Its transactions are savepoints.
forward_connection!(MonitoredTransaction);

impl<T> fmt::Debug for MonitoredTransaction<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredTransaction")
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}
