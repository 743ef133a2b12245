#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod connection;
mod database;
mod facts;
mod metric;
mod run;
mod stream;
mod transaction;
mod values;

pub use database::MonitoredDatabase;
pub use metric::metric_callback;
pub use stream::MonitoredStream;
pub use transaction::MonitoredTransaction;

pub use gomon_sql::{SqlConfig, SqlProfile};
