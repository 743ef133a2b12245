//! Cost of monitoring diesel.

mod subject;

use std::time::Instant;

use diesel::connection::{Connection as _, SimpleConnection};
use diesel::pg::PgConnection;
use diesel::r2d2::{self, ConnectionManager, PooledConnection, R2D2Connection};
use diesel::sqlite::SqliteConnection;
use gomon_diesel::{
    Monitorable, MonitoredPool, MonitoredPooledConnection, MonitoringInstrumentation,
};

use crate::Result;
use crate::cpu;
use crate::goal::Goal;
use crate::rounds::{Effort, interleave};
use crate::row::Row;
use crate::spread::Spread;
use crate::subject::gomon;
use subject::{Queries, Subject};

/// Number of rows of the database table.
const ROWS: i32 = 100_000;
/// Number of requests of a timed burst, and of the point queries of each request.
const REQUESTS: i32 = 125;
const QUERIES: i32 = 8;
/// Environment variable with the URL of a PostgreSQL.
const POSTGRES: &str = "GOMON_TEST_POSTGRES_URL";

struct Workload {
    name: &'static str,
    work: Work,
    /// Minimum share of the bare rate.
    goal: Option<f64>,
}

#[derive(Clone, Copy)]
enum Work {
    /// Requests, and point queries of each.
    Find(i32, i32),
    Load,
}

const SQLITE: [Workload; 3] = [
    Workload {
        name: "SQLite, eight point queries per request, each",
        work: Work::Find(REQUESTS, QUERIES),
        goal: Some(0.97),
    },
    Workload {
        name: "SQLite, a thousand of them in one request, each",
        work: Work::Find(1, REQUESTS * QUERIES),
        goal: None,
    },
    Workload {
        name: "SQLite, load of many rows, each",
        work: Work::Load,
        goal: Some(0.98),
    },
];

const POSTGRESQL: [Workload; 2] = [
    Workload {
        name: "PostgreSQL, eight point queries per request, each",
        work: Work::Find(REQUESTS, QUERIES),
        goal: Some(0.99),
    },
    Workload {
        name: "PostgreSQL, load of many rows, each",
        work: Work::Load,
        goal: Some(0.98),
    },
];

type Pool<C> = r2d2::Pool<ConnectionManager<C>>;

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    cpu::stay()?;
    gomon::start(gomon::counting())?;
    let pools = [sqlite()?, sqlite()?, sqlite()?];
    let mut rows = compare(&SQLITE, effort, pools)?;
    if let Ok(url) = std::env::var(POSTGRES) {
        // Each subject has a separate connection, and the server has a process for each. These differ in speed, so
        // "by CPU" excludes the server and counts only the thread of the client.
        let pools = [postgres(&url)?, postgres(&url)?, postgres(&url)?];
        rows.extend(compare(&POSTGRESQL, effort, pools)?);
    }
    Ok(rows)
}

fn sqlite() -> Result<Pool<SqliteConnection>> {
    pool(
        ":memory:",
        &format!(
            "CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price INTEGER NOT NULL); \
             WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < {ROWS}) \
             INSERT INTO goods SELECT id, 'good ' || id, id * 10 FROM ids"
        ),
    )
}

fn postgres(url: &str) -> Result<Pool<PgConnection>> {
    pool(
        url,
        &format!(
            "CREATE TEMPORARY TABLE goods (id INT PRIMARY KEY, name TEXT NOT NULL, price INT NOT NULL); \
             INSERT INTO goods SELECT id, 'good ' || id, id * 10 FROM generate_series(1, {ROWS}) AS id; \
             ANALYZE goods"
        ),
    )
}

fn pool<C: R2D2Connection + SimpleConnection + 'static>(url: &str, fill: &str) -> Result<Pool<C>> {
    let pool = r2d2::Pool::builder()
        .max_size(1)
        .test_on_check_out(false)
        .build(ConnectionManager::<C>::new(url))?;
    pool.get()?.batch_execute(fill)?;
    Ok(pool)
}

fn compare<C>(
    workloads: &[Workload],
    effort: Effort,
    [bare, wrapped, instrumented]: [Pool<C>; 3],
) -> Result<Vec<Row>>
where
    C: Monitorable + R2D2Connection + Send + 'static,
    PooledConnection<ConnectionManager<C>>: Monitorable + Queries,
    MonitoredPooledConnection<ConnectionManager<C>>: Queries,
{
    let hook = MonitoringInstrumentation::new().with_dsn("shop.db");
    instrumented.get()?.set_instrumentation(hook);
    let subjects = [
        ("diesel", Subject::Bare(bare)),
        ("wrapped", Subject::Wrapped(MonitoredPool::new(wrapped))),
        ("instrumentation alone", Subject::Bare(instrumented)),
    ];
    let mut rows = Vec::new();
    for workload in workloads {
        let mut failed = None;
        let mut costs = subjects.each_ref().map(|(name, _)| (*name, Vec::new()));
        let mut run = |(name, subject): &(&str, Subject<C>)| {
            let (start, cost) = (Instant::now(), cpu::thread());
            let done = workload.work.run(subject);
            let lapsed = start.elapsed().as_nanos() as f64;
            let cost = cpu::thread() - cost;
            gomon::settle();
            failed = failed.take().or(done.err());
            for (_, costs) in costs.iter_mut().filter(|(of, _)| of == name) {
                costs.push(cost / workload.work.units());
            }
            lapsed / workload.work.units()
        };
        for subject in &subjects {
            run(subject);
        }
        let times = interleave(&subjects, effort.pick(5, 101), run);
        if let Some(error) = failed {
            return Err(error);
        }
        rows.extend(workload.rows(&times, &costs));
    }
    Ok(rows)
}

impl Work {
    fn units(self) -> f64 {
        match self {
            Self::Find(requests, queries) => (requests * queries).into(),
            Self::Load => ROWS.into(),
        }
    }

    fn run<C>(self, subject: &Subject<C>) -> Result<()>
    where
        C: Monitorable + R2D2Connection + Send + 'static,
        PooledConnection<ConnectionManager<C>>: Monitorable + Queries,
        MonitoredPooledConnection<ConnectionManager<C>>: Queries,
    {
        match self {
            Self::Find(requests, queries) => {
                for _ in 0..requests {
                    subject.request(|conn| conn.find(queries))?;
                }
                Ok(())
            }
            Self::Load => subject.request(|conn| conn.load_all()),
        }
    }
}

impl Workload {
    /// `times` by the clock on the wall, `costs` of the thread that asks; a round each.
    fn rows(&self, times: &[Vec<f64>], costs: &[(&str, Vec<f64>)]) -> Vec<Row> {
        let (Some(bare), Some((_, bare_cost))) = (times.first(), costs.first()) else {
            return Vec::new();
        };
        let median = |figures: &[f64]| Spread::of(figures.iter().copied()).median;
        let row = |(times, (name, cost)): (&Vec<f64>, &(&str, Vec<f64>))| {
            let rate = Spread::paired(times, bare, |ours, bare| bare / ours);
            // The database does the same work for both. The added cost is on this thread.
            let added = Spread::paired(cost, bare_cost, |ours, bare| ours - bare).median;
            let by_cost = median(bare) / (median(bare) + added);
            let row = Row::new(self.name, *name)
                .with("ns", median(times))
                .with("CPU ns", median(cost))
                .with("added CPU ns", added)
                .with("p25", rate.low)
                .with("of bare", rate.median)
                .with("p75", rate.high)
                .with("by CPU", by_cost);
            match self.goal {
                Some(goal) if *name == "wrapped" => row
                    .with_goal(Goal::at_least("by CPU", by_cost, goal))
                    .with_goal(Goal::mostly_at_least("of bare", rate, goal)),
                _ => row,
            }
        };
        times.iter().zip(costs).map(row).collect()
    }
}
