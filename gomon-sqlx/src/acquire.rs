//! For code that is generic over `Acquire`, such as migrations: sqlx says that it gets the driver's own connections and transactions, so
//! what it does on them is not seen; that it has one is.

use std::fmt;
use std::future;
use std::ops::{Deref, DerefMut};

use futures_core::future::BoxFuture;
use sqlx_core::acquire::Acquire;
use sqlx_core::database::Database;
use sqlx_core::error::Error;
use sqlx_core::pool::{MaybePoolConnection, PoolConnection};
use sqlx_core::transaction::Transaction;

use super::connection::MonitoredConnection;
use super::database::MonitoredDatabase;
use super::pool::MonitoredPool;
use super::pool_connection::MonitoredPoolConnection;
use super::transaction::MonitoredTransaction;
use super::watch::Watch;

/// A connection of a [`MonitoredPool`] as `Acquire` hands it out: the driver's own, of which nothing is seen but how long it was out.
///
/// # Examples
///
/// ```
/// use gomon_sqlx::MonitoredPool;
/// use sqlx::{Acquire, sqlite::SqlitePoolOptions};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), sqlx::Error> {
/// let pool = MonitoredPool::new(SqlitePoolOptions::new().connect("sqlite::memory:").await?);
/// let mut connection = Acquire::acquire(&pool).await?;
/// sqlx::query("SELECT 1").execute(&mut *connection).await?;
/// # Ok(()) }
/// ```
pub struct LentConnection<DB: Database> {
    connection: PoolConnection<DB>,
    _watch: Watch,
}

impl<DB: Database> Deref for LentConnection<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        &self.connection
    }
}

impl<DB: Database> DerefMut for LentConnection<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        &mut self.connection
    }
}

impl<DB: Database> fmt::Debug for LentConnection<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LentConnection")
            .field("database", &DB::NAME)
            .finish_non_exhaustive()
    }
}

impl<'a, DB: MonitoredDatabase> Acquire<'a> for &'_ MonitoredPool<DB> {
    type Database = DB;
    type Connection = LentConnection<DB>;

    fn acquire(self) -> BoxFuture<'a, Result<Self::Connection, Error>> {
        let pool = self.clone();
        Box::pin(async move {
            let (connection, watch) = pool.take().await?;
            Ok(LentConnection {
                connection,
                _watch: watch,
            })
        })
    }

    fn begin(self) -> BoxFuture<'a, Result<Transaction<'a, DB>, Error>> {
        let pool = self.clone();
        Box::pin(async move {
            let (connection, _watch) = pool.take().await?;
            Transaction::begin(MaybePoolConnection::PoolConnection(connection), None).await
        })
    }
}

impl<'c, DB: Database> Acquire<'c> for &'c mut MonitoredConnection<DB> {
    type Database = DB;
    type Connection = &'c mut DB::Connection;

    fn acquire(self) -> BoxFuture<'c, Result<Self::Connection, Error>> {
        Box::pin(future::ready(Ok(self.raw())))
    }

    fn begin(self) -> BoxFuture<'c, Result<Transaction<'c, DB>, Error>> {
        Transaction::begin(self.raw(), None)
    }
}

impl<'c, DB: Database> Acquire<'c> for &'c mut MonitoredPoolConnection<DB> {
    type Database = DB;
    type Connection = &'c mut DB::Connection;

    fn acquire(self) -> BoxFuture<'c, Result<Self::Connection, Error>> {
        Acquire::acquire(&mut **self)
    }

    fn begin(self) -> BoxFuture<'c, Result<Transaction<'c, DB>, Error>> {
        Acquire::begin(&mut **self)
    }
}

impl<'c, DB: Database> Acquire<'c> for &'c mut MonitoredTransaction<'_, DB> {
    type Database = DB;
    type Connection = &'c mut DB::Connection;

    fn acquire(self) -> BoxFuture<'c, Result<Self::Connection, Error>> {
        Acquire::acquire(&mut **self)
    }

    fn begin(self) -> BoxFuture<'c, Result<Transaction<'c, DB>, Error>> {
        Acquire::begin(&mut **self)
    }
}
