//! Recorded databases.

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

/// A database of SeaORM whose statements, rows and transactions are recorded.
///
/// It implements `ConnectionTrait`, `StreamTrait` and `TransactionTrait`, which the functions of SeaORM take. It
/// dereferences to the database; what is done there, or on its pool, is not recorded.
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
    scope: Scope,
}

impl<C: ConnectionTrait> MonitoredDatabase<C> {
    /// Wraps a database.
    pub fn new(inner: C) -> Self {
        let dialect = facts::dialect(inner.get_database_backend());
        let database = Database::new(Setup::new(), dialect, "");
        Self {
            inner,
            scope: Scope::without_connection(&database),
        }
    }

    /// Sets the connection string for `dsn`; user, password and options are not recorded.
    #[must_use]
    pub fn with_dsn(self, dsn: &str) -> Self {
        self.describe(|database| database.with_dsn(dsn))
    }

    /// Pins the monitor.
    #[must_use]
    pub fn with_monitor(self, monitor: Monitor) -> Self {
        self.describe(|database| database.with_monitor(monitor))
    }

    /// Pins the configuration.
    #[must_use]
    pub fn with_config(self, config: SqlConfig) -> Self {
        self.describe(|database| database.with_config(config))
    }

    fn describe(mut self, change: impl FnOnce(Database) -> Database) -> Self {
        let database = change(self.scope.database().clone());
        self.scope = Scope::without_connection(&database);
        self
    }

    /// Returns the database, which is no longer recorded.
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
