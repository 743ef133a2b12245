//! SeaORM, watched: its databases and transactions, or just its metric callback.

mod connection;
mod database;
mod explain;
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
