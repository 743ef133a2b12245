//! Diesel, watched: connections of any backend, r2d2's pools, `diesel-async`, and the whole process at once.

mod binds;
mod connection;
mod cursor;
mod delegation;
mod explain;
mod instrumentation;
mod link;
mod literals;
#[cfg(feature = "diesel-mysql")]
mod mysql;
mod pending;
#[cfg(feature = "diesel-r2d2")]
mod pool;
#[cfg(feature = "diesel-postgres")]
mod postgres;
mod register;
mod session;
#[cfg(feature = "diesel-sqlite")]
mod sqlite;
mod statement;
mod text;
mod transaction_manager;
mod values;
mod watch;

pub use connection::{Monitorable, MonitoredConnection};
pub use cursor::MonitoredCursor;
pub use instrumentation::MonitoringInstrumentation;
#[cfg(feature = "diesel-r2d2")]
pub use pool::{MonitoredPool, MonitoredPooledConnection};
pub use register::{auto_register, auto_register_before};
pub use transaction_manager::MonitoredTransactionManager;
