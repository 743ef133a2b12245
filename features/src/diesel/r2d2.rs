//! A pool of connections of any backend.

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool, R2D2Connection};
use gomon_diesel::{Monitorable, MonitoredPool};

/// Runs a transaction on a connection of a recorded pool.
pub fn transaction<C>(url: &str) -> Result<(), Box<dyn std::error::Error>>
where
    C: Monitorable + R2D2Connection + 'static,
{
    let pool = Pool::new(ConnectionManager::<C>::new(url))?;
    let pool = MonitoredPool::new(pool).with_dsn(url);
    let mut conn = pool.get()?;
    conn.transaction(|conn| conn.batch_execute("SELECT 1"))?;
    Ok(())
}

fn main() {}
