//! Recorded pools.

use std::fmt;
use std::future::Future;
use std::ops::Deref;

use gomon_core::Monitor;
use sqlx_core::error::Error;
use sqlx_core::pool::{Pool, PoolConnection};
use sqlx_core::sql_str::{SqlSafeStr, SqlStr};

use super::connection::MonitoredConnection;
use super::database::MonitoredDatabase;
use super::pool_connection::MonitoredPoolConnection;
use super::transaction::{Held, MonitoredTransaction};
use super::watch::Watch;
use gomon_sql::recording::Database;
use gomon_sql::{Setup, SqlConfig};

/// A pool whose connections, transactions, statements and results are recorded under the current request.
///
/// `&pool` is an executor, like sqlx's own pool, and `acquire`, `begin` and the like have the same names and types. It
/// dereferences to that pool, for everything else and for code that names its type; statements there are not recorded.
///
/// # Examples
///
/// ```
/// use gomon_sqlx::MonitoredPool;
/// use sqlx::sqlite::SqlitePoolOptions;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), sqlx::Error> {
/// let pool = SqlitePoolOptions::new().connect("sqlite::memory:").await?;
/// let pool = MonitoredPool::new(pool);
///
/// let two: i64 = sqlx::query_scalar("SELECT 1 + 1").fetch_one(&pool).await?;
/// assert_eq!(two, 2);
/// # Ok(()) }
/// ```
pub struct MonitoredPool<DB: sqlx_core::database::Database> {
    pool: Pool<DB>,
    database: Database,
}

impl<DB: MonitoredDatabase> MonitoredPool<DB> {
    /// Wraps a pool.
    #[must_use]
    pub fn new(pool: Pool<DB>) -> Self {
        let options = pool.connect_options();
        let dialect = DB::dialect(&options);
        let database = Database::new(Setup::new(), dialect, &DB::address(&options));
        Self { pool, database }
    }

    /// Pins the monitor.
    #[must_use]
    pub fn with_monitor(mut self, monitor: Monitor) -> Self {
        self.database = self.database.with_monitor(monitor);
        self
    }

    /// Pins the configuration.
    #[must_use]
    pub fn with_config(mut self, config: SqlConfig) -> Self {
        self.database = self.database.with_config(config);
        self
    }

    /// Takes a connection, and waits if none is free.
    ///
    /// # Errors
    ///
    /// Those of the pool and of the driver.
    pub fn acquire(
        &self,
    ) -> impl Future<Output = Result<MonitoredPoolConnection<DB>, Error>> + use<DB> {
        let pool = self.clone();
        async move { pool.checkout().await }
    }

    /// Takes a connection if one is free.
    #[must_use]
    pub fn try_acquire(&self) -> Option<MonitoredPoolConnection<DB>> {
        // Without a connection nothing happened, so there is no event.
        let connection = self.pool.try_acquire()?;
        let mut watch = self.watch();
        watch.acquired();
        Some(self.watched(connection, watch))
    }

    /// Takes a connection and begins a transaction.
    ///
    /// # Errors
    ///
    /// Those of the pool and of the driver.
    pub async fn begin(&self) -> Result<MonitoredTransaction<'static, DB>, Error> {
        self.begin_by(None).await
    }

    /// Takes a connection and begins a transaction with the given statement.
    ///
    /// # Errors
    ///
    /// Those of the pool and of the driver.
    pub async fn begin_with(
        &self,
        statement: impl SqlSafeStr,
    ) -> Result<MonitoredTransaction<'static, DB>, Error> {
        self.begin_by(Some(statement.into_sql_str())).await
    }

    /// Takes a connection if one is free, and begins a transaction.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn try_begin(&self) -> Result<Option<MonitoredTransaction<'static, DB>>, Error> {
        self.try_begin_by(None).await
    }

    /// Takes a connection if one is free, and begins a transaction with the given statement.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn try_begin_with(
        &self,
        statement: impl SqlSafeStr,
    ) -> Result<Option<MonitoredTransaction<'static, DB>>, Error> {
        self.try_begin_by(Some(statement.into_sql_str())).await
    }

    /// Begins the event of a connection that is requested now.
    pub(super) fn watch(&self) -> Watch {
        Watch::begin(&self.database)
    }

    /// Takes a connection of the driver's own pool.
    pub(super) async fn take(&self) -> Result<(PoolConnection<DB>, Watch), Error> {
        let mut watch = self.watch();
        match self.pool.acquire().await {
            Ok(connection) => {
                watch.acquired();
                Ok((connection, watch))
            }
            Err(error) => {
                watch.fail(&error);
                Err(error)
            }
        }
    }

    pub(super) async fn checkout(&self) -> Result<MonitoredPoolConnection<DB>, Error> {
        let (connection, watch) = self.take().await?;
        Ok(self.watched(connection, watch))
    }

    fn watched(&self, connection: PoolConnection<DB>, watch: Watch) -> MonitoredPoolConnection<DB> {
        MonitoredPoolConnection::new(MonitoredConnection::pooled(connection, watch))
    }

    async fn begin_by(
        &self,
        statement: Option<SqlStr>,
    ) -> Result<MonitoredTransaction<'static, DB>, Error> {
        let connection = self.checkout().await?;
        MonitoredTransaction::begin_on(Held::Pooled(connection), statement).await
    }

    async fn try_begin_by(
        &self,
        statement: Option<SqlStr>,
    ) -> Result<Option<MonitoredTransaction<'static, DB>>, Error> {
        match self.try_acquire() {
            Some(connection) => {
                let held = Held::Pooled(connection);
                Ok(Some(MonitoredTransaction::begin_on(held, statement).await?))
            }
            None => Ok(None),
        }
    }
}

impl<DB: sqlx_core::database::Database> Deref for MonitoredPool<DB> {
    type Target = Pool<DB>;

    fn deref(&self) -> &Pool<DB> {
        &self.pool
    }
}

impl<DB: MonitoredDatabase> From<Pool<DB>> for MonitoredPool<DB> {
    fn from(pool: Pool<DB>) -> Self {
        Self::new(pool)
    }
}

impl<DB: MonitoredDatabase> From<&Pool<DB>> for MonitoredPool<DB> {
    fn from(pool: &Pool<DB>) -> Self {
        Self::new(pool.clone())
    }
}

impl<DB: sqlx_core::database::Database> From<&Self> for MonitoredPool<DB> {
    fn from(pool: &Self) -> Self {
        pool.clone()
    }
}

// Not derived, because that would require `DB: Clone`.
impl<DB: sqlx_core::database::Database> Clone for MonitoredPool<DB> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            database: self.database.clone(),
        }
    }
}

impl<DB: sqlx_core::database::Database> fmt::Debug for MonitoredPool<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredPool")
            .field("database", &DB::NAME)
            .field("dsn", &self.database.dsn())
            .field("size", &self.pool.size())
            .field("num_idle", &self.pool.num_idle())
            .finish_non_exhaustive()
    }
}
