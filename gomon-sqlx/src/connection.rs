//! Recorded connections.

use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};

use futures_core::future::BoxFuture;
use gomon_core::Monitor;
use sqlx_core::connection::Connection;
use sqlx_core::database::Database;
use sqlx_core::error::Error;
use sqlx_core::pool::PoolConnection;
use sqlx_core::sql_str::SqlSafeStr;

use super::database::MonitoredDatabase;
use super::source::Raw;
use super::transaction::MonitoredTransaction;
use super::watch::Watch;
use gomon_sql::recording::{self, Scope};
use gomon_sql::{Setup, SqlConfig};

/// A connection whose statements are recorded.
///
/// `&mut connection` is an executor, like the driver's own connection. It dereferences to that one, for code that names
/// its type; statements there are not recorded.
///
/// # Examples
///
/// ```
/// use gomon_sqlx::MonitoredConnection;
/// use sqlx::Sqlite;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), sqlx::Error> {
/// let mut connection = MonitoredConnection::<Sqlite>::connect("sqlite::memory:").await?;
/// let two: i64 = sqlx::query_scalar("SELECT 1 + 1").fetch_one(&mut connection).await?;
/// assert_eq!(two, 2);
/// # Ok(()) }
/// ```
pub struct MonitoredConnection<DB: Database> {
    // Dropped first, so that its end is within the event.
    raw: Inner<DB>,
    watch: Watch,
}

enum Inner<DB: Database> {
    Own(DB::Connection),
    Pooled(PoolConnection<DB>),
}

/// The options of a database's connections.
type Options<DB> = <<DB as Database>::Connection as Connection>::Options;

/// The parts of a connection that a query needs.
pub(super) struct Parts<'c, R> {
    /// A [`Source`](super::source::Source).
    pub(super) raw: R,
    pub(super) scope: &'c Scope,
}

impl<DB: MonitoredDatabase> MonitoredConnection<DB> {
    /// Wraps an open connection.
    ///
    /// Its event has no `dsn`; that of a connection opened by [`connect`](Self::connect) has one.
    #[must_use]
    pub fn new<C>(connection: C) -> Self
    where
        C: Connection<Database = DB>,
        DB: Database<Connection = C>,
    {
        let dialect = DB::dialect_of(&connection);
        let watch = Watch::begin(&recording::Database::new(Setup::new(), dialect, ""));
        Self::own(connection, watch)
    }

    /// Opens a connection, as [`Connection::connect`] does.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub fn connect(url: &str) -> impl Future<Output = Result<Self, Error>> + Send + 'static {
        let options = url.parse::<Options<DB>>();
        async move { Self::connect_with(&options?).await }
    }

    /// Opens a connection, as [`Connection::connect_with`] does.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn connect_with(options: &Options<DB>) -> Result<Self, Error> {
        let mut watch = Watch::begin(&recording::Database::new(
            Setup::new(),
            DB::dialect(options),
            &DB::address(options),
        ));
        match DB::Connection::connect_with(options).await {
            Ok(connection) => Ok(Self::own(connection, watch)),
            Err(error) => {
                watch.fail(&error);
                Err(error)
            }
        }
    }

    /// Pins the monitor.
    #[must_use]
    pub fn with_monitor(mut self, monitor: Monitor) -> Self {
        self.watch
            .describe(|database| database.with_monitor(monitor));
        self
    }

    /// Pins the configuration.
    #[must_use]
    pub fn with_config(mut self, config: SqlConfig) -> Self {
        self.watch.describe(|database| database.with_config(config));
        self
    }

    /// Begins a transaction, or a savepoint in the open one, as [`Connection::begin`] does.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn begin(&mut self) -> Result<MonitoredTransaction<'_, DB>, Error> {
        MonitoredTransaction::begin_on(self.into(), None).await
    }

    /// Begins a transaction with the given statement, as [`Connection::begin_with`] does.
    ///
    /// # Errors
    ///
    /// Those of the driver; in a transaction, `InvalidSavePointStatement`.
    pub async fn begin_with(
        &mut self,
        statement: impl SqlSafeStr,
    ) -> Result<MonitoredTransaction<'_, DB>, Error> {
        MonitoredTransaction::begin_on(self.into(), Some(statement.into_sql_str())).await
    }

    /// Runs `callback` in a transaction and commits it, or rolls it back on an error, as [`Connection::transaction`]
    /// does.
    ///
    /// # Errors
    ///
    /// Those of the driver and of `callback`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sqlx::MonitoredConnection;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), sqlx::Error> {
    /// # let mut connection = MonitoredConnection::<sqlx::Sqlite>::connect("sqlite::memory:").await?;
    /// let one: i64 = connection
    ///     .transaction(|transaction| {
    ///         Box::pin(async move { sqlx::query_scalar("SELECT 1").fetch_one(&mut **transaction).await })
    ///     })
    ///     .await?;
    /// # assert_eq!(one, 1);
    /// # Ok::<(), sqlx::Error>(()) }
    /// ```
    pub async fn transaction<'a, F, R, E>(&'a mut self, callback: F) -> Result<R, E>
    where
        for<'c> F: FnOnce(&'c mut MonitoredTransaction<'_, DB>) -> BoxFuture<'c, Result<R, E>>
            + 'a
            + Send
            + Sync,
        R: Send,
        E: From<Error> + Send,
    {
        let mut transaction = self.begin().await?;
        let returned = callback(&mut transaction).await;
        match &returned {
            Ok(_) => transaction.commit().await?,
            Err(_) => transaction.rollback().await?,
        }
        returned
    }

    /// Closes it, as [`Connection::close`] does. A connection of a pool is closed, not returned.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn close(self) -> Result<(), Error> {
        let Self { raw, mut watch } = self;
        let closed = match raw {
            Inner::Own(connection) => connection.close().await,
            Inner::Pooled(connection) => connection.close().await,
        };
        if let Err(error) = &closed {
            watch.fail(error);
        }
        closed
    }
}

impl<DB: Database> MonitoredConnection<DB> {
    fn own(connection: DB::Connection, mut watch: Watch) -> Self {
        watch.opened();
        Self {
            raw: Inner::Own(connection),
            watch,
        }
    }

    pub(super) fn pooled(connection: PoolConnection<DB>, watch: Watch) -> Self {
        Self {
            raw: Inner::Pooled(connection),
            watch,
        }
    }

    /// Returns the driver's own connection, which is no longer recorded.
    #[must_use]
    pub fn into_inner(self) -> DB::Connection {
        match self.raw {
            Inner::Own(connection) => connection,
            Inner::Pooled(connection) => connection.detach(),
        }
    }

    pub(super) fn leak(self) -> DB::Connection {
        match self.raw {
            Inner::Own(connection) => connection,
            Inner::Pooled(connection) => connection.leak(),
        }
    }

    pub(super) fn pooled_mut(&mut self) -> Option<&mut PoolConnection<DB>> {
        match &mut self.raw {
            Inner::Pooled(connection) => Some(connection),
            Inner::Own(_) => None,
        }
    }

    pub(super) fn parts(&mut self) -> Parts<'_, Raw<'_, DB>> {
        Parts {
            raw: Raw(self.raw.connection_mut()),
            scope: self.watch.scope(),
        }
    }

    /// Returns the driver's own connection, for statements that the caller records.
    pub(super) fn raw(&mut self) -> &mut DB::Connection {
        self.raw.connection_mut()
    }

    pub(super) fn watch_mut(&mut self) -> &mut Watch {
        &mut self.watch
    }
}

impl<DB: Database> Inner<DB> {
    fn connection(&self) -> &DB::Connection {
        match self {
            Self::Own(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }

    fn connection_mut(&mut self) -> &mut DB::Connection {
        match self {
            Self::Own(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl<DB: Database> Deref for MonitoredConnection<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        self.raw.connection()
    }
}

impl<DB: Database> DerefMut for MonitoredConnection<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        self.raw.connection_mut()
    }
}

impl<DB: Database> AsMut<DB::Connection> for MonitoredConnection<DB> {
    fn as_mut(&mut self) -> &mut DB::Connection {
        self
    }
}

impl<DB: Database> AsRef<DB::Connection> for MonitoredConnection<DB> {
    fn as_ref(&self) -> &DB::Connection {
        self
    }
}

impl<DB: Database> fmt::Debug for MonitoredConnection<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredConnection")
            .field("database", &DB::NAME)
            .finish_non_exhaustive()
    }
}
