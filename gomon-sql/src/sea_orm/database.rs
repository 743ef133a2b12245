//! A database of SeaORM whose statements are recorded.

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;

use gomon_core::Monitor;
use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult,
    Statement, StreamTrait, TransactionError, TransactionOptions, TransactionTrait,
};

use super::stream::MonitoredStream;
use super::transaction::{MonitoredTransaction, run_in};
use super::{facts, run};
use crate::recording::{Database, Scope, StatementKind};
use crate::{Setup, SqlConfig};

/// A database of SeaORM that records its statements, their rows and its transactions.
///
/// It goes where the database went, since SeaORM asks for `ConnectionTrait` and `TransactionTrait` only. What is done by
/// dereferencing, or on the pool in it, is not recorded.
///
/// # Examples
///
/// ```
/// use gomon_sql::sea_orm::MonitoredDatabase;
/// use sea_orm::ConnectionTrait;
///
/// # async fn open() -> Result<(), sea_orm::DbErr> {
/// let db = sea_orm::Database::connect("sqlite::memory:").await?;
/// let db = MonitoredDatabase::new(db).with_dsn("sqlite::memory:");
/// db.execute_unprepared("CREATE TABLE goods (id INTEGER PRIMARY KEY)").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MonitoredDatabase<C> {
    inner: C,
    setup: Setup,
    scope: Scope,
}

impl<C: ConnectionTrait> MonitoredDatabase<C> {
    /// Wraps a database.
    ///
    /// # Examples
    ///
    /// See [`MonitoredDatabase`].
    pub fn new(inner: C) -> Self {
        let dialect = facts::dialect(inner.get_database_backend());
        let database = Database::new(Setup::new(), dialect, "");
        Self {
            inner,
            setup: Setup::new(),
            scope: Scope::without_connection(&database),
        }
    }

    /// Names where it is; user, password and options are not recorded.
    ///
    /// # Examples
    ///
    /// See [`MonitoredDatabase`].
    #[must_use]
    pub fn with_dsn(mut self, dsn: &str) -> Self {
        self.describe(dsn);
        self
    }

    /// Pins the monitor; else it is the global one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sql::sea_orm::MonitoredDatabase;
    /// # fn watch(db: sea_orm::DatabaseConnection) -> MonitoredDatabase<sea_orm::DatabaseConnection> {
    /// MonitoredDatabase::new(db).with_monitor(gomon_core::Monitor::noop())
    /// # }
    /// ```
    #[must_use]
    pub fn with_monitor(self, monitor: Monitor) -> Self {
        self.with_setup(|setup| setup.with_monitor(monitor))
    }

    /// Pins the configuration; else it is the monitor's.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sql::sea_orm::MonitoredDatabase;
    /// # fn watch(db: sea_orm::DatabaseConnection) -> MonitoredDatabase<sea_orm::DatabaseConnection> {
    /// MonitoredDatabase::new(db).with_config(gomon_sql::SqlConfig::default())
    /// # }
    /// ```
    #[must_use]
    pub fn with_config(self, config: SqlConfig) -> Self {
        self.with_setup(|setup| setup.with_config(config))
    }

    fn with_setup(mut self, pin: impl FnOnce(Setup) -> Setup) -> Self {
        self.setup = pin(self.setup);
        let dsn = self.scope.database().dsn().to_owned();
        self.describe(&dsn);
        self
    }

    fn describe(&mut self, dsn: &str) {
        let dialect = self.scope.database().dialect();
        let database = Database::new(self.setup.clone(), dialect, dsn);
        self.scope = Scope::without_connection(&database);
    }

    /// The database, watched no more.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sql::sea_orm::MonitoredDatabase;
    /// # async fn close(db: MonitoredDatabase<sea_orm::DatabaseConnection>) -> Result<(), sea_orm::DbErr> {
    /// db.into_inner().close().await
    /// # }
    /// ```
    #[must_use]
    pub fn into_inner(self) -> C {
        self.inner
    }
}

#[async_trait]
impl<C: ConnectionTrait> ConnectionTrait for MonitoredDatabase<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        run::execute(&self.scope, &self.inner, statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        run::execute_unprepared(&self.scope, &self.inner, sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        run::query_one(&self.scope, &self.inner, statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        run::query_all(&self.scope, &self.inner, statement).await
    }

    fn support_returning(&self) -> bool {
        self.inner.support_returning()
    }

    fn is_mock_connection(&self) -> bool {
        self.inner.is_mock_connection()
    }
}

impl<C: StreamTrait> StreamTrait for MonitoredDatabase<C> {
    type Stream<'a>
        = MonitoredStream<C::Stream<'a>>
    where
        Self: 'a;

    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    fn stream_raw<'a>(
        &'a self,
        statement: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
        let event = self.scope.statement(StatementKind::Query, &statement.sql);
        Box::pin(run::stream(event, self.inner.stream_raw(statement)))
    }
}

#[async_trait]
impl<C> TransactionTrait for MonitoredDatabase<C>
where
    C: ConnectionTrait + TransactionTrait,
{
    type Transaction = MonitoredTransaction<C::Transaction>;

    async fn begin(&self) -> Result<Self::Transaction, DbErr> {
        MonitoredTransaction::begin_in(&self.scope, None, self.inner.begin()).await
    }

    async fn begin_with_config(
        &self,
        isolation: Option<IsolationLevel>,
        access: Option<AccessMode>,
    ) -> Result<Self::Transaction, DbErr> {
        let begun = self.inner.begin_with_config(isolation, access);
        MonitoredTransaction::begin_in(&self.scope, isolation, begun).await
    }

    async fn begin_with_options(
        &self,
        options: TransactionOptions,
    ) -> Result<Self::Transaction, DbErr> {
        let isolation = options.isolation_level;
        let begun = self.inner.begin_with_options(options);
        MonitoredTransaction::begin_in(&self.scope, isolation, begun).await
    }

    async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Self::Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: fmt::Display + fmt::Debug + Send,
    {
        run_in(self.begin().await, callback).await
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        callback: F,
        isolation: Option<IsolationLevel>,
        access: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Self::Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: fmt::Display + fmt::Debug + Send,
    {
        run_in(self.begin_with_config(isolation, access).await, callback).await
    }
}

impl<C> Deref for MonitoredDatabase<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.inner
    }
}

impl<C> fmt::Debug for MonitoredDatabase<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredDatabase")
            .field("database", self.scope.database())
            .finish_non_exhaustive()
    }
}
