//! A pool.

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

/// A pool of which every connection, transaction, statement and result is an event, under the request that asked for it.
///
/// `&pool` is an executor, as it is of sqlx's own pool, and `acquire`, `begin` and the like are named and typed alike. It dereferences
/// to that pool, for all else and for code that names its type; what runs there is not seen.
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
    setup: Setup,
    database: Database,
}

impl<DB: MonitoredDatabase> MonitoredPool<DB> {
    /// Watches a pool.
    ///
    /// # Examples
    ///
    /// See [`MonitoredPool`].
    #[must_use]
    pub fn new(pool: Pool<DB>) -> Self {
        Self::with_setup(pool, Setup::new())
    }

    fn with_setup(pool: Pool<DB>, setup: Setup) -> Self {
        let address = DB::address(&pool.connect_options());
        Self {
            pool,
            database: Database::new(setup.clone(), DB::DIALECT, &address),
            setup,
        }
    }

    /// Records by this monitor instead of the global one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sqlx::MonitoredPool;
    /// # use sqlx::sqlite::SqlitePoolOptions;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use gomon_core::{LogListener, Monitor};
    ///
    /// let running = Monitor::builder().listener(LogListener::stdout()).build()?;
    /// let pool = SqlitePoolOptions::new().connect("sqlite::memory:").await?;
    /// let pool = MonitoredPool::new(pool).with_monitor(running.monitor());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_monitor(self, monitor: Monitor) -> Self {
        Self::with_setup(self.pool, self.setup.with_monitor(monitor))
    }

    /// Uses this configuration, whatever that of the monitor becomes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sqlx::MonitoredPool;
    /// # use sqlx::sqlite::SqlitePoolOptions;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use gomon_sql::SqlConfig;
    ///
    /// let pool = SqlitePoolOptions::new().connect("sqlite::memory:").await?;
    /// let pool = MonitoredPool::new(pool).with_config(SqlConfig::default().with_rows(3));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_config(self, config: SqlConfig) -> Self {
        Self::with_setup(self.pool, self.setup.with_config(config))
    }

    /// Takes a connection, and waits for one where none is free.
    ///
    /// # Errors
    ///
    /// Those of the pool and of the driver.
    ///
    /// # Examples
    ///
    /// See [`MonitoredPoolConnection`].
    pub fn acquire(
        &self,
    ) -> impl Future<Output = Result<MonitoredPoolConnection<DB>, Error>> + use<DB> {
        let pool = self.clone();
        async move { pool.checkout().await }
    }

    /// Takes a connection if one is free.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sqlx::MonitoredPool;
    /// # use sqlx::sqlite::SqlitePoolOptions;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let pool = MonitoredPool::new(SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?);
    /// let connection = pool.acquire().await?;
    /// assert!(pool.try_acquire().is_none());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn try_acquire(&self) -> Option<MonitoredPoolConnection<DB>> {
        // Nothing happened where there is none, so there is no event.
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
    ///
    /// # Examples
    ///
    /// See [`MonitoredTransaction`].
    pub async fn begin(&self) -> Result<MonitoredTransaction<'static, DB>, Error> {
        self.begin_by(None).await
    }

    /// Takes a connection and begins a transaction by a statement of its own.
    ///
    /// # Errors
    ///
    /// Those of the pool and of the driver.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sqlx::MonitoredPool;
    /// # use sqlx::sqlite::SqlitePoolOptions;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let pool = MonitoredPool::new(SqlitePoolOptions::new().connect("sqlite::memory:").await?);
    /// let transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    /// transaction.commit().await?;
    /// # Ok(()) }
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sqlx::MonitoredPool;
    /// # use sqlx::sqlite::SqlitePoolOptions;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let pool = MonitoredPool::new(SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?);
    /// let connection = pool.acquire().await?;
    /// assert!(pool.try_begin().await?.is_none());
    /// # Ok(()) }
    /// ```
    pub async fn try_begin(&self) -> Result<Option<MonitoredTransaction<'static, DB>>, Error> {
        self.try_begin_by(None).await
    }

    /// Takes a connection if one is free, and begins a transaction by a statement of its own.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    ///
    /// # Examples
    ///
    /// See [`try_begin`](Self::try_begin) and [`begin_with`](Self::begin_with).
    pub async fn try_begin_with(
        &self,
        statement: impl SqlSafeStr,
    ) -> Result<Option<MonitoredTransaction<'static, DB>>, Error> {
        self.try_begin_by(Some(statement.into_sql_str())).await
    }

    /// What is recorded of a connection that is asked for now.
    pub(super) fn watch(&self) -> Watch {
        Watch::begin(&self.database)
    }

    /// Takes the pool's own connection.
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

// By hand, as a derived one would ask it of the database too.
impl<DB: sqlx_core::database::Database> Clone for MonitoredPool<DB> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            setup: self.setup.clone(),
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
