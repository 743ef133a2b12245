//! Measured connections and their queries.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::r2d2::{self, ConnectionManager, PooledConnection, R2D2Connection};
use diesel::sqlite::SqliteConnection;
use gomon_core::global;
use gomon_diesel::{Monitorable, MonitoredPool, MonitoredPooledConnection};

use super::ROWS;
use crate::Result;

#[allow(missing_docs, unreachable_pub, reason = "the macro makes public items")]
mod schema {
    diesel::table! {
        goods (id) {
            id -> Integer,
            name -> Text,
            price -> Integer,
        }
    }
}
use schema::goods;

/// A connection to the database of goods.
pub(super) trait Queries {
    /// Runs point queries.
    fn find(&mut self, queries: i32) -> QueryResult<()>;

    fn load_all(&mut self) -> QueryResult<()>;
}

macro_rules! queries {
    ($($connection:ty),*) => {
        $(impl Queries for $connection {
            fn find(&mut self, queries: i32) -> QueryResult<()> {
                for id in 0..queries {
                    let good = goods::table.find(id * 97 % ROWS + 1);
                    let found: (i32, String, i32) = good.first(self)?;
                    std::hint::black_box(found);
                }
                Ok(())
            }

            fn load_all(&mut self) -> QueryResult<()> {
                let all: Vec<(i32, String, i32)> = goods::table.load(self)?;
                std::hint::black_box(all);
                Ok(())
            }
        })*
    };
}

queries! {
    PooledConnection<ConnectionManager<SqliteConnection>>,
    MonitoredPooledConnection<ConnectionManager<SqliteConnection>>,
    PooledConnection<ConnectionManager<PgConnection>>,
    MonitoredPooledConnection<ConnectionManager<PgConnection>>
}

/// A pool with one connection.
pub(super) enum Subject<C: R2D2Connection + 'static> {
    Bare(r2d2::Pool<ConnectionManager<C>>),
    Wrapped(MonitoredPool<ConnectionManager<C>>),
}

impl<C> Subject<C>
where
    C: Monitorable + R2D2Connection + Send + 'static,
    PooledConnection<ConnectionManager<C>>: Monitorable + Queries,
    MonitoredPooledConnection<ConnectionManager<C>>: Queries,
{
    /// Runs one request, which checks out a connection.
    pub(super) fn request(
        &self,
        run: impl FnOnce(&mut dyn Queries) -> QueryResult<()>,
    ) -> Result<()> {
        let mut request = global().root("request");
        request.scope(|| {
            match self {
                Self::Bare(pool) => run(&mut pool.get()?)?,
                Self::Wrapped(pool) => run(&mut pool.get()?)?,
            }
            Ok(())
        })
    }
}
