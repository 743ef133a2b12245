//! A pool of r2d2 whose checkouts are recorded, with the time that they waited.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::Connection;
use diesel::r2d2::{ManageConnection, Pool, PoolError, PooledConnection, R2D2Connection, State};
use gomon_core::Monitor;

use super::connection::{Monitorable, MonitoredConnection};
use super::text;
use gomon_sql::recording::{ConnectionEvent, Database, Failure};
use gomon_sql::{Setup, SqlConfig};

/// A pool of r2d2 whose checkouts are recorded: how long each waited, and all that is done until it is given back.
///
/// Clones are the same pool.
///
/// # Examples
///
/// ```
/// use diesel::prelude::*;
/// use diesel::r2d2::{ConnectionManager, Pool};
/// use diesel::sqlite::SqliteConnection;
/// use gomon_diesel::MonitoredPool;
///
/// let pool = Pool::builder().max_size(1).build(ConnectionManager::<SqliteConnection>::new(":memory:"))?;
/// let pool = MonitoredPool::new(pool).with_dsn(":memory:");
///
/// let mut conn = pool.get()?;
/// diesel::sql_query("CREATE TABLE goods (id INTEGER PRIMARY KEY)").execute(&mut conn)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MonitoredPool<M: ManageConnection> {
    pool: Pool<M>,
    setup: Setup,
    database: Database,
    /// As it was given, so perhaps with a password; never shown.
    url: Arc<str>,
}

/// What a [`MonitoredPool`] hands out.
pub type MonitoredPooledConnection<M> = MonitoredConnection<PooledConnection<M>>;

impl<M> MonitoredPool<M>
where
    M: ManageConnection<Connection: R2D2Connection + Monitorable + Send + 'static>,
    PooledConnection<M>: Monitorable,
{
    /// Wraps a pool.
    ///
    /// # Examples
    ///
    /// See [`MonitoredPool`].
    pub fn new(pool: Pool<M>) -> Self {
        Self {
            pool,
            database: database::<M>(Setup::new(), ""),
            setup: Setup::new(),
            url: "".into(),
        }
    }

    /// Names where its connections lead to, for `dsn`; user, password and options are not recorded.
    ///
    /// # Examples
    ///
    /// See [`MonitoredPool`].
    #[must_use]
    pub fn with_dsn(mut self, dsn: &str) -> Self {
        self.url = dsn.into();
        self.database = database::<M>(self.setup.clone(), dsn);
        self
    }

    /// Pins the monitor; else it is the global one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use diesel::r2d2::{ConnectionManager, Pool};
    /// # use diesel::sqlite::SqliteConnection;
    /// # use gomon_diesel::MonitoredPool;
    /// # let pool = Pool::builder().max_size(1).build(ConnectionManager::<SqliteConnection>::new(":memory:"))?;
    /// let pool = MonitoredPool::new(pool).with_monitor(gomon_core::Monitor::noop());
    /// # Ok::<(), diesel::r2d2::PoolError>(())
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
    /// # use diesel::r2d2::{ConnectionManager, Pool};
    /// # use diesel::sqlite::SqliteConnection;
    /// # use gomon_diesel::MonitoredPool;
    /// # let pool = Pool::builder().max_size(1).build(ConnectionManager::<SqliteConnection>::new(":memory:"))?;
    /// let pool = MonitoredPool::new(pool).with_config(gomon_sql::SqlConfig::default());
    /// # Ok::<(), diesel::r2d2::PoolError>(())
    /// ```
    #[must_use]
    pub fn with_config(self, config: SqlConfig) -> Self {
        self.with_setup(|setup| setup.with_config(config))
    }

    fn with_setup(mut self, pin: impl FnOnce(Setup) -> Setup) -> Self {
        self.setup = pin(self.setup);
        self.database = database::<M>(self.setup.clone(), self.database.dsn());
        self
    }

    /// Takes a connection, and waits for one where none is free.
    ///
    /// # Errors
    ///
    /// Those of [`Pool::get`].
    ///
    /// # Examples
    ///
    /// See [`MonitoredPool`].
    pub fn get(&self) -> Result<MonitoredPooledConnection<M>, PoolError> {
        self.take(Pool::get)
    }

    /// As [`get`](Self::get), and waits for as long as this at most.
    ///
    /// # Errors
    ///
    /// Those of [`Pool::get_timeout`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use diesel::r2d2::{ConnectionManager, Pool};
    /// # use diesel::sqlite::SqliteConnection;
    /// # use gomon_diesel::MonitoredPool;
    /// # let pool = Pool::builder().max_size(1).build(ConnectionManager::<SqliteConnection>::new(":memory:"))?;
    /// let pool = MonitoredPool::new(pool);
    /// let only = pool.get()?;
    /// assert!(pool.get_timeout(std::time::Duration::from_millis(1)).is_err());
    /// # Ok::<(), diesel::r2d2::PoolError>(())
    /// ```
    pub fn get_timeout(
        &self,
        timeout: Duration,
    ) -> Result<MonitoredPooledConnection<M>, PoolError> {
        self.take(|pool| pool.get_timeout(timeout))
    }

    /// Takes a connection if one is free; that none is, is not recorded.
    ///
    /// # Examples
    ///
    /// ```
    /// # use diesel::r2d2::{ConnectionManager, Pool};
    /// # use diesel::sqlite::SqliteConnection;
    /// # use gomon_diesel::MonitoredPool;
    /// # let pool = Pool::builder().max_size(1).build(ConnectionManager::<SqliteConnection>::new(":memory:"))?;
    /// let pool = MonitoredPool::new(pool);
    /// let only = pool.get()?;
    /// assert!(pool.try_get().is_none());
    /// # Ok::<(), diesel::r2d2::PoolError>(())
    /// ```
    #[must_use]
    pub fn try_get(&self) -> Option<MonitoredPooledConnection<M>> {
        let inner = self.pool.try_get()?;
        let mut event = ConnectionEvent::begin(&self.database);
        event.acquired();
        Some(self.watched(inner, event))
    }

    /// How many connections it has.
    ///
    /// # Examples
    ///
    /// ```
    /// # use diesel::r2d2::{ConnectionManager, Pool};
    /// # use diesel::sqlite::SqliteConnection;
    /// # use gomon_diesel::MonitoredPool;
    /// # let pool = Pool::builder().max_size(1).build(ConnectionManager::<SqliteConnection>::new(":memory:"))?;
    /// assert_eq!(MonitoredPool::new(pool).state().connections, 1);
    /// # Ok::<(), diesel::r2d2::PoolError>(())
    /// ```
    #[must_use]
    pub fn state(&self) -> State {
        self.pool.state()
    }

    /// The pool that it wraps; connections taken from it are not recorded.
    ///
    /// # Examples
    ///
    /// ```
    /// # use diesel::r2d2::{ConnectionManager, Pool};
    /// # use diesel::sqlite::SqliteConnection;
    /// # use gomon_diesel::MonitoredPool;
    /// # let pool = Pool::builder().max_size(1).build(ConnectionManager::<SqliteConnection>::new(":memory:"))?;
    /// assert_eq!(MonitoredPool::new(pool).inner().max_size(), 1);
    /// # Ok::<(), diesel::r2d2::PoolError>(())
    /// ```
    #[must_use]
    pub const fn inner(&self) -> &Pool<M> {
        &self.pool
    }

    fn take(
        &self,
        take: impl FnOnce(&Pool<M>) -> Result<PooledConnection<M>, PoolError>,
    ) -> Result<MonitoredPooledConnection<M>, PoolError> {
        let mut event = ConnectionEvent::begin(&self.database);
        match take(&self.pool) {
            Ok(inner) => {
                event.acquired();
                Ok(self.watched(inner, event))
            }
            Err(error) => {
                event.fail(&Failure::new(&error, "r2d2::Error"));
                Err(error)
            }
        }
    }

    fn watched(
        &self,
        inner: PooledConnection<M>,
        event: ConnectionEvent,
    ) -> MonitoredPooledConnection<M> {
        let mut conn = MonitoredConnection::watched(
            inner,
            self.setup.clone(),
            self.database.clone(),
            Arc::clone(&self.url),
        );
        conn.enter(event);
        conn
    }
}

fn database<M>(setup: Setup, dsn: &str) -> Database
where
    M: ManageConnection<Connection: Connection>,
{
    let dialect = text::dialect::<<M::Connection as Connection>::Backend>();
    text::database(setup, dialect, dsn)
}

impl<M: ManageConnection> Clone for MonitoredPool<M> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            setup: self.setup.clone(),
            database: self.database.clone(),
            url: Arc::clone(&self.url),
        }
    }
}

impl<M: ManageConnection> fmt::Debug for MonitoredPool<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredPool")
            .field("database", &self.database)
            .field("state", &self.pool.state())
            .finish_non_exhaustive()
    }
}
