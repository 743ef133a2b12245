//! Transactions and savepoints.

use std::fmt;
use std::ops::{Deref, DerefMut};

use sqlx_core::database::Database;
use sqlx_core::error::Error;
use sqlx_core::sql_str::{SqlSafeStr, SqlStr};
use sqlx_core::transaction::TransactionManager;

use super::connection::MonitoredConnection;
use super::database::MonitoredDatabase;
use super::failure::with_failure;
use super::pool_connection::MonitoredPoolConnection;
use gomon_sql::Dialect;
use gomon_sql::adapter::Own;
use gomon_sql::recording::{Scope, TransactionEnd, TransactionEvent};

/// A transaction or savepoint, which is rolled back if it is dropped before its end.
///
/// `&mut *transaction` is the executor, as for sqlx's `Transaction`.
///
/// # Examples
///
/// ```
/// use gomon_sqlx::MonitoredPool;
/// use sqlx::sqlite::SqlitePoolOptions;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), sqlx::Error> {
/// let pool = MonitoredPool::new(SqlitePoolOptions::new().connect("sqlite::memory:").await?);
/// let mut transaction = pool.begin().await?;
/// sqlx::query("CREATE TABLE goods (name TEXT)").execute(&mut *transaction).await?;
///
/// let mut savepoint = transaction.begin().await?;
/// sqlx::query("INSERT INTO goods VALUES ('tea')").execute(&mut *savepoint).await?;
/// savepoint.rollback().await?;
///
/// transaction.commit().await?;
/// # Ok(()) }
/// ```
pub struct MonitoredTransaction<'c, DB: Database> {
    held: Held<'c, DB>,
    is_open: bool,
    /// `None` after the end.
    event: Option<TransactionEvent>,
    /// The scope of statements after it.
    outer: Option<Scope>,
}

/// The connection that it runs on.
pub(super) enum Held<'c, DB: Database> {
    Pooled(MonitoredPoolConnection<DB>),
    Borrowed(&'c mut MonitoredConnection<DB>),
}

impl<DB: Database> Held<'_, DB> {
    fn connection(&self) -> &MonitoredConnection<DB> {
        match self {
            Self::Pooled(connection) => connection,
            Self::Borrowed(connection) => connection,
        }
    }

    fn connection_mut(&mut self) -> &mut MonitoredConnection<DB> {
        match self {
            Self::Pooled(connection) => connection,
            Self::Borrowed(connection) => connection,
        }
    }
}

impl<'c, DB: MonitoredDatabase> MonitoredTransaction<'c, DB> {
    pub(super) async fn begin_on(
        mut held: Held<'c, DB>,
        statement: Option<SqlStr>,
    ) -> Result<Self, Error> {
        let watch = held.connection_mut().watch_mut();
        let mut event = TransactionEvent::begin(watch.scope());
        if let Some(statement) = &statement {
            event.set_isolation(statement.as_str());
        }
        let outer = watch.enter(&event);
        let dialect = event.scope().database().dialect();
        // From here on, a drop rolls back, as in sqlx: it may have begun even if the answer was not received.
        let mut transaction = Self {
            held,
            is_open: true,
            event: Some(event),
            outer,
        };
        let raw = transaction.held.connection_mut().raw();
        let begin = Box::pin(DB::TransactionManager::begin(raw, statement));
        match Own::new(begin, dialect).await {
            Ok(()) => {
                if let Some(event) = &mut transaction.event {
                    event.begun();
                }
                Ok(transaction)
            }
            Err(error) => {
                transaction.fail(&error);
                Err(error)
            }
        }
    }

    /// Commits it, or releases the savepoint.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn commit(mut self) -> Result<(), Error> {
        let dialect = self.dialect();
        let raw = self.held.connection_mut().raw();
        let ended = Own::new(Box::pin(DB::TransactionManager::commit(raw)), dialect).await;
        self.end(ended, TransactionEnd::Commit)
    }

    /// Rolls it back.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn rollback(mut self) -> Result<(), Error> {
        let dialect = self.dialect();
        let raw = self.held.connection_mut().raw();
        let ended = Own::new(Box::pin(DB::TransactionManager::rollback(raw)), dialect).await;
        self.end(ended, TransactionEnd::Rollback)
    }

    /// Begins a savepoint.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn begin(&mut self) -> Result<MonitoredTransaction<'_, DB>, Error> {
        self.held.connection_mut().begin().await
    }

    /// Fails, because there is a transaction; sqlx has this method too.
    ///
    /// # Errors
    ///
    /// `InvalidSavePointStatement`.
    pub async fn begin_with(
        &mut self,
        statement: impl SqlSafeStr,
    ) -> Result<MonitoredTransaction<'_, DB>, Error> {
        self.held.connection_mut().begin_with(statement).await
    }

    fn dialect(&mut self) -> Dialect {
        let watch = self.held.connection_mut().watch_mut();
        watch.scope().database().dialect()
    }

    fn end(&mut self, ended: Result<(), Error>, end: TransactionEnd) -> Result<(), Error> {
        match &ended {
            Ok(()) => {
                self.is_open = false;
                if let Some(event) = self.event.take() {
                    event.end(end);
                }
            }
            Err(error) => self.fail(error),
        }
        ended
    }
}

impl<DB: Database> MonitoredTransaction<'_, DB> {
    fn fail(&mut self, error: &Error) {
        if let Some(event) = &mut self.event {
            with_failure(error, |failure| event.fail(failure));
        }
    }
}

impl<DB: Database> Drop for MonitoredTransaction<'_, DB> {
    fn drop(&mut self) {
        let connection = self.held.connection_mut();
        if self.is_open {
            // Only queued: sent with the next use of the connection, or when it is returned to its pool.
            DB::TransactionManager::start_rollback(connection.raw());
        }
        connection.watch_mut().leave(self.outer.take());
    }
}

impl<'c, DB: Database> From<&'c mut MonitoredConnection<DB>> for Held<'c, DB> {
    fn from(connection: &'c mut MonitoredConnection<DB>) -> Self {
        Self::Borrowed(connection)
    }
}

impl<DB: Database> Deref for MonitoredTransaction<'_, DB> {
    type Target = MonitoredConnection<DB>;

    fn deref(&self) -> &MonitoredConnection<DB> {
        self.held.connection()
    }
}

impl<DB: Database> DerefMut for MonitoredTransaction<'_, DB> {
    fn deref_mut(&mut self) -> &mut MonitoredConnection<DB> {
        self.held.connection_mut()
    }
}

impl<DB: Database> AsMut<DB::Connection> for MonitoredTransaction<'_, DB> {
    fn as_mut(&mut self) -> &mut DB::Connection {
        self.held.connection_mut()
    }
}

impl<DB: Database> fmt::Debug for MonitoredTransaction<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredTransaction")
            .field("database", &DB::NAME)
            .field("is_open", &self.is_open)
            .finish_non_exhaustive()
    }
}
