//! Cost of monitoring sqlx.

use std::time::Instant;

use futures_util::TryStreamExt;
use gomon_core::{FutureExt, global};
use gomon_sqlx::{MonitoredDatabase, MonitoredPool};
use sqlx::pool::PoolOptions;
use sqlx::{Database, Executor, IntoArguments, Pool, Postgres, Sqlite, Type};
use tokio::runtime::Runtime;

use crate::Result;
use crate::cpu;
use crate::goal::Goal;
use crate::rounds::{Effort, interleave};
use crate::row::Row;
use crate::spread::Spread;
use crate::subject::gomon;

const ROWS: i64 = 1_000_000;
const POINT: &str = "SELECT name FROM goods WHERE id = $1";
const ALL: &str = "SELECT id, name FROM goods";
/// Number of queries of a timed burst, and of those that share a connection.
const QUERIES: i64 = 400;
const PER_REQUEST: i64 = 8;
/// Environment variable with the URL of a PostgreSQL.
const POSTGRES: &str = "GOMON_TEST_POSTGRES_URL";

#[derive(Clone, Copy)]
enum Work {
    /// Checks out a connection per query.
    OnPool,
    /// Checks out a connection per request.
    OnConnection,
    Stream,
}

struct Workload {
    name: &'static str,
    work: Work,
    /// Minimum share of the bare rate.
    goal: f64,
}

const SQLITE: [Workload; 3] = [
    Workload {
        name: "SQLite, point query on the pool",
        work: Work::OnPool,
        goal: 0.97,
    },
    Workload {
        name: "SQLite, eight point queries on a connection, each",
        work: Work::OnConnection,
        goal: 0.97,
    },
    Workload {
        name: "SQLite, a stream of a million rows, each",
        work: Work::Stream,
        goal: 0.98,
    },
];

const POSTGRESQL: [Workload; 2] = [
    Workload {
        name: "PostgreSQL, point query on the pool",
        work: Work::OnPool,
        goal: 0.99,
    },
    Workload {
        name: "PostgreSQL, eight point queries on a connection, each",
        work: Work::OnConnection,
        goal: 0.99,
    },
];

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    cpu::stay()?;
    gomon::start(gomon::counting())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let pool = runtime.block_on(sqlite())?;
    let mut rows = compare(&runtime, &SQLITE, pool, effort)?;
    if let Ok(url) = std::env::var(POSTGRES) {
        let pool = runtime.block_on(postgres(&url))?;
        rows.extend(compare(&runtime, &POSTGRESQL, pool, effort)?);
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

macro_rules! work {
    ($pool:expr, $work:expr) => {
        match $work {
            Work::OnPool => {
                for id in 0..QUERIES {
                    point(
                        sqlx::query_scalar(POINT)
                            .bind(id % 1000 + 1)
                            .fetch_one($pool),
                    )
                    .await?;
                }
            }
            Work::OnConnection => {
                for _ in 0..QUERIES / PER_REQUEST {
                    let request = async {
                        let mut connection = $pool.acquire().await?;
                        for id in 0..PER_REQUEST {
                            let query = sqlx::query_scalar(POINT).bind(id + 1);
                            point(query.fetch_one(&mut *connection)).await?;
                        }
                        Ok::<_, sqlx::Error>(())
                    };
                    request.tracked(global().root("request")).await?;
                }
            }
            Work::Stream => {
                let mut rows = sqlx::query(ALL).fetch($pool);
                while rows.try_next().await?.is_some() {}
            }
        }
    };
}

async fn point(query: impl Future<Output = sqlx::Result<String>>) -> sqlx::Result<()> {
    query.await.map(drop)
}

enum Subject<DB: Database> {
    Bare(Pool<DB>),
    Watched(MonitoredPool<DB>),
}

impl<DB> Subject<DB>
where
    DB: MonitoredDatabase,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'r> String: sqlx::Decode<'r, DB>,
    String: Type<DB>,
    for<'q> i64: sqlx::Encode<'q, DB>,
    i64: Type<DB>,
    usize: sqlx::ColumnIndex<DB::Row>,
{
    async fn run(&self, work: Work) -> sqlx::Result<()> {
        match self {
            Self::Bare(pool) => work!(pool, work),
            Self::Watched(pool) => work!(pool, work),
        }
        Ok(())
    }
}

fn compare<DB>(
    runtime: &Runtime,
    workloads: &[Workload],
    pool: Pool<DB>,
    effort: Effort,
) -> Result<Vec<Row>>
where
    DB: MonitoredDatabase,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'r> String: sqlx::Decode<'r, DB>,
    String: Type<DB>,
    for<'q> i64: sqlx::Encode<'q, DB>,
    i64: Type<DB>,
    usize: sqlx::ColumnIndex<DB::Row>,
{
    // Both use one connection, as two connections differ by more than the measured cost.
    let subjects = [
        Subject::Bare(pool.clone()),
        Subject::Watched(MonitoredPool::new(pool)),
    ];
    let mut rows = Vec::new();
    for workload in workloads {
        let mut failed = None;
        let units = match workload.work {
            Work::Stream => ROWS,
            _ => QUERIES,
        } as f64;
        let mut costs = [Vec::new(), Vec::new()];
        let mut run = |subject: &Subject<DB>| {
            let (start, cost) = (Instant::now(), cpu::thread());
            let done = runtime.block_on(subject.run(workload.work));
            let lapsed = start.elapsed().as_nanos() as f64;
            let cost = cpu::thread() - cost;
            gomon::settle();
            failed = failed.take().or(done.err());
            let [bare, watched] = &mut costs;
            match subject {
                Subject::Bare(_) => bare.push(cost / units),
                Subject::Watched(_) => watched.push(cost / units),
            }
            lapsed / units
        };
        for subject in &subjects {
            run(subject);
        }
        let rounds = match workload.work {
            Work::Stream => effort.pick(3, 15),
            _ => effort.pick(15, 151),
        };
        let times = interleave(&subjects, rounds, run);
        if let Some(error) = failed {
            return Err(error.into());
        }
        let [bare, watched] = times.as_slice() else {
            continue;
        };
        let rate = Spread::paired(watched, bare, |watched, bare| bare / watched);
        let median = |times: &[f64]| Spread::of(times.iter().copied()).median;
        let [bare_cost, watched_cost] = &costs;
        // The database and the way to it are the same for both. The added cost is on this thread.
        let added = Spread::paired(watched_cost, bare_cost, |watched, bare| watched - bare).median;
        let by_cost = median(bare) / (median(bare) + added);
        rows.push(
            Row::new(workload.name, "bare")
                .with("ns", median(bare))
                .with("CPU ns", median(bare_cost)),
        );
        rows.push(
            Row::new(workload.name, "watched")
                .with("ns", median(watched))
                .with("CPU ns", median(watched_cost))
                .with("added CPU ns", added)
                .with("p25", rate.low)
                .with("of bare", rate.median)
                .with("p75", rate.high)
                .with("by CPU", by_cost)
                .with_goal(Goal::at_least("by CPU", by_cost, workload.goal))
                .with_goal(Goal::mostly_at_least("of bare", rate, workload.goal)),
        );
    }
    Ok(rows)
}
