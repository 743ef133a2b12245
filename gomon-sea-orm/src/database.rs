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

use super::connection::forward_connection;
use super::facts;
use super::run::Run;
use super::stream::MonitoredStream;
use super::transaction::{MonitoredTransaction, run_in};
use gomon_sql::recording::{Database, Scope};
use gomon_sql::{Setup, SqlConfig};

/// A database of SeaORM that records its statements, their rows and its transactions.
///
/// It goes where the database went, since SeaORM asks for `ConnectionTrait` and `TransactionTrait` only. What is done by
/// dereferencing, or on the pool in it, is not recorded.
///
/// # Examples
///
/// ```
/// use gomon_sea_orm::MonitoredDatabase;
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
    /// As it was given, so perhaps with a password; never shown.
    url: Box<str>,
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
            url: "".into(),
        }
    }

    /// Names where it is; user, password and options are not recorded. Plans of slow queries, where they are asked for, are
    /// asked there.
    ///
    /// # Examples
    ///
    /// See [`MonitoredDatabase`].
    #[must_use]
    pub fn with_dsn(mut self, dsn: &str) -> Self {
        self.url = dsn.into();
        self.describe();
        self
    }

    /// Pins the monitor; else it is the global one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sea_orm::MonitoredDatabase;
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
    /// # use gomon_sea_orm::MonitoredDatabase;
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
        self.describe();
        self
    }

    fn describe(&mut self) {
        let dialect = self.scope.database().dialect();
        let database = Database::new(self.setup.clone(), dialect, &self.url);
        self.scope = Scope::without_connection(&database);
    }

    /// The database, watched no more.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sea_orm::MonitoredDatabase;
    /// # async fn close(db: MonitoredDatabase<sea_orm::DatabaseConnection>) -> Result<(), sea_orm::DbErr> {
    /// db.into_inner().close().await
    /// # }
    /// ```
    #[must_use]
    pub fn into_inner(self) -> C {
        self.inner
    }
}

impl<C> MonitoredDatabase<C> {
    const fn run(&self) -> Run<'_, C> {
        Run {
            scope: &self.scope,
            inner: &self.inner,
        }
    }
}

forward_connection!(MonitoredDatabase);

impl<C> fmt::Debug for MonitoredDatabase<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredDatabase")
            .field("database", self.scope.database())
            .finish_non_exhaustive()
    }
}
