//! A connection that a pool has lent.

use std::fmt;
use std::ops::{Deref, DerefMut};

use sqlx_core::database::Database;
use sqlx_core::error::Error;
use sqlx_core::sql_str::SqlSafeStr;

use super::connection::MonitoredConnection;
use super::database::MonitoredDatabase;
use super::transaction::MonitoredTransaction;

/// A connection of a [`MonitoredPool`](super::MonitoredPool), given back when it is dropped.
///
/// As of sqlx's `PoolConnection`, `&mut *connection` is the executor.
///
/// # Examples
///
/// ```
/// use gomon_sqlx::MonitoredPool;
/// use sqlx::sqlite::SqlitePoolOptions;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), sqlx::Error> {
/// let pool = MonitoredPool::new(SqlitePoolOptions::new().connect("sqlite::memory:").await?);
/// let mut connection = pool.acquire().await?;
/// sqlx::query("SELECT 1").execute(&mut *connection).await?;
/// # Ok(()) }
/// ```
pub struct MonitoredPoolConnection<DB: Database>(MonitoredConnection<DB>);

impl<DB: MonitoredDatabase> MonitoredPoolConnection<DB> {
    /// Begins a transaction, or a savepoint in the one that is open.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    ///
    /// # Examples
    ///
    /// See [`MonitoredTransaction`].
    pub async fn begin(&mut self) -> Result<MonitoredTransaction<'_, DB>, Error> {
        self.0.begin().await
    }

    /// Begins a transaction by a statement of its own.
    ///
    /// # Errors
    ///
    /// Those of the driver; in a transaction, `InvalidSavePointStatement`.
    ///
    /// # Examples
    ///
    /// See [`MonitoredConnection::begin_with`].
    pub async fn begin_with(
        &mut self,
        statement: impl SqlSafeStr,
    ) -> Result<MonitoredTransaction<'_, DB>, Error> {
        self.0.begin_with(statement).await
    }

    /// Closes it, and does not give it back; the pool may open another.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sqlx::MonitoredPool;
    /// # use sqlx::sqlite::SqlitePoolOptions;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), sqlx::Error> {
    /// # let pool = MonitoredPool::new(SqlitePoolOptions::new().connect("sqlite::memory:").await?);
    /// pool.acquire().await?.close().await?;
    /// # Ok(()) }
    /// ```
    pub async fn close(self) -> Result<(), Error> {
        self.0.close().await
    }
}

impl<DB: Database> MonitoredPoolConnection<DB> {
    pub(super) fn new(connection: MonitoredConnection<DB>) -> Self {
        Self(connection)
    }

    /// Has it closed when it is dropped, in place of being given back.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sqlx::MonitoredPool;
    /// # use sqlx::sqlite::SqlitePoolOptions;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), sqlx::Error> {
    /// # let pool = MonitoredPool::new(SqlitePoolOptions::new().connect("sqlite::memory:").await?);
    /// pool.acquire().await?.close_on_drop();
    /// # Ok(()) }
    /// ```
    pub fn close_on_drop(&mut self) {
        if let Some(connection) = self.0.pooled_mut() {
            connection.close_on_drop();
        }
    }

    /// Takes it from the pool for good, which may open another in its place. What it does from now on is not seen.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sqlx::MonitoredPool;
    /// # use sqlx::sqlite::SqlitePoolOptions;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), sqlx::Error> {
    /// # let pool = MonitoredPool::new(SqlitePoolOptions::new().connect("sqlite::memory:").await?);
    /// let connection: sqlx::SqliteConnection = pool.acquire().await?.detach();
    /// # drop(connection);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn detach(self) -> DB::Connection {
        self.0.into_inner()
    }

    /// Takes it from the pool for good, which counts it as one of its own. What it does from now on is not seen.
    ///
    /// # Examples
    ///
    /// See [`detach`](Self::detach).
    #[must_use]
    pub fn leak(self) -> DB::Connection {
        self.0.leak()
    }
}

impl<DB: Database> Deref for MonitoredPoolConnection<DB> {
    type Target = MonitoredConnection<DB>;

    fn deref(&self) -> &MonitoredConnection<DB> {
        &self.0
    }
}

impl<DB: Database> DerefMut for MonitoredPoolConnection<DB> {
    fn deref_mut(&mut self) -> &mut MonitoredConnection<DB> {
        &mut self.0
    }
}

impl<DB: Database> AsMut<DB::Connection> for MonitoredPoolConnection<DB> {
    fn as_mut(&mut self) -> &mut DB::Connection {
        &mut self.0
    }
}

impl<DB: Database> AsRef<DB::Connection> for MonitoredPoolConnection<DB> {
    fn as_ref(&self) -> &DB::Connection {
        &self.0
    }
}

impl<DB: Database> fmt::Debug for MonitoredPoolConnection<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredPoolConnection")
            .field("database", &DB::NAME)
            .finish_non_exhaustive()
    }
}
