#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod connection;
mod cursor;
mod delegation;
mod instrumentation;
mod link;
#[cfg(feature = "mysql")]
mod mysql;
mod pending;
#[cfg(feature = "r2d2")]
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
mod register;
mod session;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statement;
mod text;
mod transaction_manager;
mod values;
mod watch;

pub use connection::{Monitorable, MonitoredConnection};
pub use cursor::MonitoredCursor;
pub use instrumentation::MonitoringInstrumentation;
#[cfg(feature = "r2d2")]
pub use pool::{MonitoredPool, MonitoredPooledConnection};
pub use register::{auto, auto_register, auto_register_before};
pub use transaction_manager::MonitoredTransactionManager;

pub use gomon_sql::{SqlConfig, SqlProfile};
