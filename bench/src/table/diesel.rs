//! What diesel on SQLite loses by being watched.

use std::time::Instant;

use diesel::connection::{LoadConnection, SimpleConnection};
use diesel::prelude::*;
use diesel::r2d2::{self, ConnectionManager, PooledConnection};
use diesel::sqlite::{Sqlite, SqliteConnection};
use gomon_core::global;
use gomon_sql::diesel::{MonitoredPool, MonitoredPooledConnection, MonitoringInstrumentation};

use crate::Result;
use crate::goal::Goal;
use crate::rounds::{Effort, interleave};
use crate::row::Row;
use crate::spread::Spread;
use crate::subject::gomon;

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

/// Rows of the table.
const ROWS: i32 = 100_000;
/// Requests of a timed burst, and the point queries of each.
const REQUESTS: i32 = 125;
const QUERIES: i32 = 8;

struct Workload {
    name: &'static str,
    /// Units of one run.
    units: f64,
    run: fn(&Subject) -> Result<()>,
    /// Of the bare rate.
    goal: Option<f64>,
}

const WORKLOADS: [Workload; 3] = [
    Workload {
        name: "eight point queries a request, each",
        units: (REQUESTS * QUERIES) as f64,
        run: |subject| requests(subject, REQUESTS, QUERIES),
        goal: Some(0.97),
    },
    Workload {
        name: "a thousand of them in one request, each",
        units: (REQUESTS * QUERIES) as f64,
        run: |subject| requests(subject, 1, REQUESTS * QUERIES),
        goal: None,
    },
    Workload {
        name: "load of many rows, each",
        units: ROWS as f64,
        run: |subject| subject.request(load, load),
        goal: Some(0.98),
    },
];

type Pool = r2d2::Pool<ConnectionManager<SqliteConnection>>;

/// Who takes the connections of a pool of one.
enum Subject {
    Bare(Pool),
    Wrapped(MonitoredPool<ConnectionManager<SqliteConnection>>),
}

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    gomon::start(gomon::counting())?;
    let instrumented = pool()?;
    let hook = MonitoringInstrumentation::new().with_dsn(":memory:");
    instrumented.get()?.set_instrumentation(hook);
    let subjects = [
        ("diesel", Subject::Bare(pool()?)),
        ("wrapped", Subject::Wrapped(MonitoredPool::new(pool()?))),
        ("instrumentation alone", Subject::Bare(instrumented)),
    ];
    let mut rows = Vec::new();
    for workload in &WORKLOADS {
        let mut failed = None;
        let mut run = |subject: &Subject| {
            let start = Instant::now();
            let done = (workload.run)(subject);
            let lapsed = start.elapsed().as_nanos() as f64;
            gomon::settle();
            failed = failed.take().or(done.err());
            lapsed / workload.units
        };
        for (_, subject) in &subjects {
            run(subject);
        }
        let times = interleave(&subjects, effort.pick(5, 101), |(_, subject)| run(subject));
        if let Some(error) = failed {
            return Err(error);
        }
        let bare = times.first().cloned().unwrap_or_default();
        for ((name, subject), times) in subjects.iter().zip(&times) {
            let rate = Spread::paired(times, &bare, |ours, bare| bare / ours);
            let mut row = Row::new(workload.name, *name)
                .with("ns", Spread::of(times.iter().copied()).median)
                .with("p25", rate.low)
                .with("of bare", rate.median)
                .with("p75", rate.high);
            if let (Subject::Wrapped(_), Some(goal)) = (subject, workload.goal) {
                row = row.with_goal(Goal::at_least("of bare", rate.median, goal));
            }
            rows.push(row);
        }
    }
    Ok(rows)
}

fn pool() -> Result<Pool> {
    let pool = r2d2::Pool::builder()
        .max_size(1)
        .test_on_check_out(false)
        .build(ConnectionManager::<SqliteConnection>::new(":memory:"))?;
    pool.get()?.batch_execute(&format!(
        "CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price INTEGER NOT NULL); \
         WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < {ROWS}) \
         INSERT INTO goods SELECT id, 'good ' || id, id * 10 FROM ids"
    ))?;
    Ok(pool)
}

fn requests(subject: &Subject, requests: i32, queries: i32) -> Result<()> {
    for _ in 0..requests {
        subject.request(|conn| find(conn, queries), |conn| find(conn, queries))?;
    }
    Ok(())
}

impl Subject {
    /// One request that takes a connection.
    fn request(
        &self,
        bare: impl FnOnce(&mut PooledConnection<ConnectionManager<SqliteConnection>>) -> QueryResult<()>,
        wrapped: impl FnOnce(
            &mut MonitoredPooledConnection<ConnectionManager<SqliteConnection>>,
        ) -> QueryResult<()>,
    ) -> Result<()> {
        let mut request = global().root("request");
        request.scope(|| {
            match self {
                Self::Bare(pool) => bare(&mut pool.get()?)?,
                Self::Wrapped(pool) => wrapped(&mut pool.get()?)?,
            }
            Ok(())
        })
    }
}

fn find<C: LoadConnection<Backend = Sqlite>>(conn: &mut C, queries: i32) -> QueryResult<()> {
    for id in 0..queries {
        let good = goods::table.find(id * 97 % ROWS + 1);
        let found: (i32, String, i32) = good.first(conn)?;
        std::hint::black_box(found);
    }
    Ok(())
}

fn load<C: LoadConnection<Backend = Sqlite>>(conn: &mut C) -> QueryResult<()> {
    let all: Vec<(i32, String, i32)> = goods::table.load(conn)?;
    std::hint::black_box(all);
    Ok(())
}
