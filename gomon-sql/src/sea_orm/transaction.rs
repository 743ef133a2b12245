//! A transaction of SeaORM that is recorded.

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult,
    Statement, StreamTrait, TransactionError, TransactionOptions, TransactionSession,
    TransactionTrait,
};

use super::stream::MonitoredStream;
use super::{facts, run};
use crate::recording::{Scope, StatementKind, TransactionEnd, TransactionEvent};

/// A transaction of SeaORM, or a savepoint in one, that is an event, with its statements below it.
///
/// One that is dropped is rolled back by SeaORM, and its event has `end` = `dropped`.
pub struct MonitoredTransaction<T> {
    // Before the event: it is rolled back when it is dropped.
    inner: T,
    event: TransactionEvent,
}

impl<T> MonitoredTransaction<T> {
    pub(super) async fn begin_in(
        outer: &Scope,
        isolation: Option<IsolationLevel>,
        begun: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<Self, DbErr> {
        let mut event = TransactionEvent::begin(outer);
        if let Some(isolation) = isolation {
            event.set_isolation(facts::isolation(isolation));
        }
        match begun.await {
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
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sql::sea_orm::MonitoredDatabase;
    /// use sea_orm::{ConnectionTrait, TransactionTrait};
    ///
    /// # async fn buy(db: MonitoredDatabase<sea_orm::DatabaseConnection>) -> Result<(), sea_orm::DbErr> {
    /// let transaction = db.begin().await?;
    /// transaction.execute_unprepared("UPDATE goods SET stock = stock - 1").await?;
    /// transaction.commit().await
    /// # }
    /// ```
    pub async fn commit(self) -> Result<(), DbErr> {
        let Self { inner, event } = self;
        ended(event, TransactionEnd::Commit, inner.commit().await)
    }

    /// Rolls it back.
    ///
    /// # Errors
    ///
    /// Those of the database.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sql::sea_orm::MonitoredDatabase;
    /// use sea_orm::TransactionTrait;
    ///
    /// # async fn try_it(db: MonitoredDatabase<sea_orm::DatabaseConnection>) -> Result<(), sea_orm::DbErr> {
    /// db.begin().await?.rollback().await
    /// # }
    /// ```
    pub async fn rollback(self) -> Result<(), DbErr> {
        let Self { inner, event } = self;
        ended(event, TransactionEnd::Rollback, inner.rollback().await)
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

/// Runs `callback` in a transaction, and commits it or, where the callback fails, rolls it back.
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

#[async_trait]
impl<T: ConnectionTrait> ConnectionTrait for MonitoredTransaction<T> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        run::execute(self.event.scope(), &self.inner, statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        run::execute_unprepared(self.event.scope(), &self.inner, sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        run::query_one(self.event.scope(), &self.inner, statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        run::query_all(self.event.scope(), &self.inner, statement).await
    }

    fn support_returning(&self) -> bool {
        self.inner.support_returning()
    }

    fn is_mock_connection(&self) -> bool {
        self.inner.is_mock_connection()
    }
}

impl<T: StreamTrait> StreamTrait for MonitoredTransaction<T> {
    type Stream<'a>
        = MonitoredStream<T::Stream<'a>>
    where
        Self: 'a;

    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    fn stream_raw<'a>(
        &'a self,
        statement: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
        let scope = self.event.scope();
        let event = scope.statement(StatementKind::Query, &statement.sql);
        Box::pin(run::stream(event, self.inner.stream_raw(statement)))
    }
}

/// Savepoints.
#[async_trait]
impl<T> TransactionTrait for MonitoredTransaction<T>
where
    T: ConnectionTrait + TransactionTrait<Transaction = T> + TransactionSession + Send,
{
    type Transaction = Self;

    async fn begin(&self) -> Result<Self, DbErr> {
        Self::begin_in(self.event.scope(), None, self.inner.begin()).await
    }

    async fn begin_with_config(
        &self,
        isolation: Option<IsolationLevel>,
        access: Option<AccessMode>,
    ) -> Result<Self, DbErr> {
        let begun = self.inner.begin_with_config(isolation, access);
        Self::begin_in(self.event.scope(), isolation, begun).await
    }

    async fn begin_with_options(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        let isolation = options.isolation_level;
        let begun = self.inner.begin_with_options(options);
        Self::begin_in(self.event.scope(), isolation, begun).await
    }

    async fn transaction<F, R, E>(&self, callback: F) -> Result<R, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c Self) -> Pin<Box<dyn Future<Output = Result<R, E>> + Send + 'c>>
            + Send,
        R: Send,
        E: fmt::Display + fmt::Debug + Send,
    {
        run_in(TransactionTrait::begin(self).await, callback).await
    }

    async fn transaction_with_config<F, R, E>(
        &self,
        callback: F,
        isolation: Option<IsolationLevel>,
        access: Option<AccessMode>,
    ) -> Result<R, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c Self) -> Pin<Box<dyn Future<Output = Result<R, E>> + Send + 'c>>
            + Send,
        R: Send,
        E: fmt::Display + fmt::Debug + Send,
    {
        run_in(self.begin_with_config(isolation, access).await, callback).await
    }
}

impl<T> Deref for MonitoredTransaction<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T> fmt::Debug for MonitoredTransaction<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredTransaction")
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}
