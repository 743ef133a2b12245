//! Cost of monitoring sqlx.

use std::sync::Arc;

use futures_util::TryStreamExt;
use gomon_core::{FutureExt, global};
use gomon_sqlx::MonitoredPool;
use sqlx::pool::PoolOptions;
use sqlx::{Executor, Pool, Postgres, Sqlite};
use tokio::runtime::Builder;

use super::database::{self, Library, POSTGRES, Workload};
use crate::Result;
use crate::cpu;
use crate::rounds::Effort;
use crate::row::Row;
use crate::subject::gomon;

const ROWS: i64 = 1_000_000;
const POINT: &str = "SELECT name FROM goods WHERE id = $1";
const ALL: &str = "SELECT id, name FROM goods";
/// Number of queries of a timed burst, and of those that share a connection.
const QUERIES: i64 = 400;
const PER_REQUEST: i64 = 8;

#[derive(Clone, Copy)]
enum Work {
    /// Checks out a connection per query.
    OnPool,
    /// Checks out a connection per request.
    OnConnection,
    Stream,
}

const SQLITE: [Workload<Work>; 3] = [
    points("SQLite, point query on the pool", Work::OnPool, 0.97),
    points(
        "SQLite, eight point queries on a connection, each",
        Work::OnConnection,
        0.97,
    ),
    Workload {
        name: "SQLite, a stream of a million rows, each",
        work: Work::Stream,
        operations: ROWS as usize,
        rounds: (3, 15),
        goal: Some(0.98),
    },
];

const POSTGRESQL: [Workload<Work>; 2] = [
    points("PostgreSQL, point query on the pool", Work::OnPool, 0.99),
    points(
        "PostgreSQL, eight point queries on a connection, each",
        Work::OnConnection,
        0.99,
    ),
];

const fn points(name: &'static str, work: Work, goal: f64) -> Workload<Work> {
    Workload {
        name,
        work,
        operations: QUERIES as usize,
        rounds: (15, 151),
        goal: Some(goal),
    }
}

/// Returns the function that does work with a pool: the queries of each type of pool are compiled separately.
macro_rules! with_pool {
    ($runtime:ident, $pool:expr) => {{
        let (runtime, pool) = (Arc::clone($runtime), $pool);
        Box::new(move |work| {
            runtime.block_on(async {
                match work {
                    Work::OnPool => {
                        for id in 0..QUERIES {
                            let query = sqlx::query_scalar(POINT).bind(id % 1000 + 1);
                            let _: String = query.fetch_one(&pool).await?;
                        }
                    }
                    Work::OnConnection => {
                        for _ in 0..QUERIES / PER_REQUEST {
                            let request = async {
                                let mut connection = pool.acquire().await?;
                                for id in 0..PER_REQUEST {
                                    let query = sqlx::query_scalar(POINT).bind(id + 1);
                                    let _: String = query.fetch_one(&mut *connection).await?;
                                }
                                Ok::<_, sqlx::Error>(())
                            };
                            request.tracked(global().root("request")).await?;
                        }
                    }
                    Work::Stream => {
                        let mut rows = sqlx::query(ALL).fetch(&pool);
                        while rows.try_next().await?.is_some() {}
                    }
                }
                Ok(())
            })
        })
    }};
}

/// Returns sqlx with and without monitoring. Both use one connection, as two connections differ by more than the
/// measured cost.
macro_rules! libraries {
    ($runtime:ident, $pool:expr) => {{
        let pool = $runtime.block_on($pool)?;
        let libraries: [Library<Work>; 2] = [
            ("bare", with_pool!($runtime, pool.clone())),
            ("watched", with_pool!($runtime, MonitoredPool::new(pool))),
        ];
        libraries
    }};
}

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    cpu::stay()?;
    gomon::prepare()?;
    let runtime = &Arc::new(Builder::new_current_thread().enable_all().build()?);
    let mut rows = database::measure(&SQLITE, &libraries!(runtime, sqlite()), effort)?;
    if let Ok(url) = std::env::var(POSTGRES) {
        let libraries = libraries!(runtime, postgres(&url));
        rows.extend(database::measure(&POSTGRESQL, &libraries, effort)?);
    }
    Ok(rows)
}

async fn sqlite() -> Result<Pool<Sqlite>> {
    let pool = PoolOptions::new()
        .max_connections(1)
        .connect("sqlite::memory:")
        .await?;
    pool.execute(sqlx::AssertSqlSafe(format!(
        "CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT NOT NULL); \
         WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < {ROWS}) \
         INSERT INTO goods SELECT id, 'good ' || id FROM ids"
    )))
    .await?;
    Ok(pool)
}

async fn postgres(url: &str) -> Result<Pool<Postgres>> {
    let pool = PoolOptions::new().max_connections(1).connect(url).await?;
    pool.execute(
        "CREATE TEMPORARY TABLE goods (id BIGINT PRIMARY KEY, name TEXT NOT NULL); \
         INSERT INTO goods SELECT id, 'good ' || id FROM generate_series(1, 1000) AS id",
    )
    .await?;
    Ok(pool)
}
