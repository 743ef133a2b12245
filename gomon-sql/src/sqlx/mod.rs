//! sqlx: pools, connections, transactions, and what runs on them.
//!
//! A pool is wrapped once, and code that is generic over executors goes on unchanged.
//!
//! ```
//! use gomon_sql::sqlx::MonitoredPool;
//! use sqlx::sqlite::SqlitePoolOptions;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), sqlx::Error> {
//! let pool = MonitoredPool::new(SqlitePoolOptions::new().connect("sqlite::memory:").await?);
//! let mut transaction = pool.begin().await?;
//! sqlx::query("CREATE TABLE goods (name TEXT)").execute(&mut *transaction).await?;
//! transaction.commit().await?;
//! # Ok(()) }
//! ```

mod acquire;
mod connection;
#[cfg(feature = "sqlx-postgres")]
mod copy;
mod database;
mod executor;
mod explain;
mod failure;
mod generated;
#[cfg(feature = "sqlx-postgres")]
mod listener;
#[cfg(feature = "sqlx-mysql")]
mod mysql;
mod operations;
mod origin;
mod pool;
mod pool_connection;
mod pool_executor;
#[cfg(feature = "sqlx-postgres")]
mod postgres;
#[cfg(feature = "sqlx-postgres")]
mod postgres_parameters;
mod query;
mod query_watch;
mod rows;
mod single;
#[cfg(feature = "sqlx-sqlite")]
mod sqlite;
#[cfg(feature = "sqlx-sqlite")]
mod sqlite_parameters;
mod transaction;
mod watch;

pub use acquire::LentConnection;
pub use connection::MonitoredConnection;
#[cfg(feature = "sqlx-postgres")]
pub use copy::MonitoredCopyIn;
pub use database::MonitoredDatabase;
#[cfg(feature = "sqlx-postgres")]
pub use listener::MonitoredListener;
pub use pool::MonitoredPool;
pub use pool_connection::MonitoredPoolConnection;
pub use transaction::MonitoredTransaction;
