//! Recorded pools of r2d2.

use std::fmt;
use std::time::Duration;

use diesel::connection::Connection;
use diesel::r2d2::{ManageConnection, Pool, PoolError, PooledConnection, R2D2Connection, State};
use gomon_core::Monitor;

use super::connection::{Monitorable, MonitoredConnection};
use super::text;
use gomon_sql::recording::{ConnectionEvent, Database, Failure};
use gomon_sql::{Dialect, Setup, SqlConfig};

/// A pool of r2d2 whose checkouts are recorded, with the wait and everything until the connection is returned.
///
/// Clones share the pool.
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
    database: Database,
}

/// A connection of a [`MonitoredPool`].
pub type MonitoredPooledConnection<M> = MonitoredConnection<PooledConnection<M>>;

impl<M> MonitoredPool<M>
where
    M: ManageConnection<Connection: R2D2Connection + Monitorable + Send + 'static>,
    PooledConnection<M>: Monitorable,
{
    /// Wraps a pool.
    pub fn new(pool: Pool<M>) -> Self {
        Self {
            pool,
            database: text::database(Setup::new(), dialect::<M>(), ""),
        }
    }

    /// Sets the connection string for `dsn`; user, password and options are not recorded.
    #[must_use]
    pub fn with_dsn(mut self, dsn: &str) -> Self {
        self.database = self.database.with_dsn(&text::dsn(dialect::<M>(), dsn));
        self
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
    /// Those of [`Pool::get`].
    pub fn get(&self) -> Result<MonitoredPooledConnection<M>, PoolError> {
        self.take(Pool::get)
    }

    /// Takes a connection, and waits for at most this time.
    ///
    /// # Errors
    ///
    /// Those of [`Pool::get_timeout`].
    pub fn get_timeout(
        &self,
        timeout: Duration,
    ) -> Result<MonitoredPooledConnection<M>, PoolError> {
        self.take(|pool| pool.get_timeout(timeout))
    }

    /// Takes a connection if one is free; otherwise nothing is recorded.
    #[must_use]
    pub fn try_get(&self) -> Option<MonitoredPooledConnection<M>> {
        let inner = self.pool.try_get()?;
        let mut event = ConnectionEvent::begin(&self.database);
        event.acquired();
        Some(self.watched(inner, event))
    }

    /// Returns the numbers of its connections.
    #[must_use]
    pub fn state(&self) -> State {
        self.pool.state()
    }

    /// Returns the wrapped pool, whose connections are not recorded.
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
        let mut conn = MonitoredConnection::watched(inner, self.database.clone());
        conn.enter(event);
        conn
    }
}

fn dialect<M: ManageConnection<Connection: Connection>>() -> Dialect {
    text::dialect::<<M::Connection as Connection>::Backend>()
}

impl<M: ManageConnection> Clone for MonitoredPool<M> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            database: self.database.clone(),
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
