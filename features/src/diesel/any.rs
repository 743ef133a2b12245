//! Connections and transactions of any backend, and the instrumentation of the whole process.

use diesel::prelude::*;
use gomon_diesel::{Monitorable, MonitoredConnection, MonitoringInstrumentation, auto_register};

/// Runs a transaction on a recorded connection.
pub fn transaction<C: Monitorable>(url: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut conn = MonitoredConnection::<C>::establish(url)?;
    conn.set_instrumentation(MonitoringInstrumentation::new());
    conn.transaction(|conn| conn.batch_execute("SELECT 1"))?;
    Ok(())
}

fn main() -> QueryResult<()> {
    auto_register()
}
