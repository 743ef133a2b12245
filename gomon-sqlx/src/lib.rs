#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod acquire;
#[cfg(feature = "any")]
mod any;
mod connection;
#[cfg(feature = "postgres")]
mod copy;
mod database;
mod executor;
mod failure;
mod generated;
#[cfg(feature = "postgres")]
mod listener;
#[cfg(feature = "mysql")]
mod mysql;
mod operations;
mod pool;
mod pool_connection;
mod pool_executor;
#[cfg(feature = "postgres")]
mod postgres;
mod query;
mod query_watch;
mod rows;
mod single;
mod source;
#[cfg(feature = "sqlite")]
mod sqlite;
mod transaction;
mod watch;

pub use acquire::LentConnection;
pub use connection::MonitoredConnection;
#[cfg(feature = "postgres")]
pub use copy::MonitoredCopyIn;
pub use database::MonitoredDatabase;
#[cfg(feature = "postgres")]
pub use listener::MonitoredListener;
pub use pool::MonitoredPool;
pub use pool_connection::MonitoredPoolConnection;
pub use transaction::MonitoredTransaction;

pub use gomon_sql::{SqlConfig, SqlProfile};
