//! Cost of monitoring diesel.

use std::hint::black_box;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::r2d2::{self, ConnectionManager, R2D2Connection};
use diesel::sqlite::SqliteConnection;
use gomon_core::global;
use gomon_diesel::{MonitoredPool, MonitoringInstrumentation};

use super::database::{self, Library, POSTGRES, Workload};
use crate::Result;
use crate::cpu;
use crate::rounds::Effort;
use crate::row::Row;
use crate::subject::gomon;

/// Number of rows of the database table.
const ROWS: i32 = 100_000;
/// Number of requests of a timed burst, and of the point queries of each request.
const REQUESTS: i32 = 125;
const QUERIES: i32 = 8;

#[derive(Clone, Copy)]
enum Work {
    /// Requests, and point queries of each.
    Find(i32, i32),
    Load,
}

const SQLITE: [Workload<Work>; 3] = [
    workload(
        "SQLite, eight point queries per request, each",
        Work::Find(REQUESTS, QUERIES),
        Some(0.97),
    ),
    workload(
        "SQLite, a thousand of them in one request, each",
        Work::Find(1, REQUESTS * QUERIES),
        None,
    ),
    workload("SQLite, load of many rows, each", Work::Load, Some(0.98)),
];

const POSTGRESQL: [Workload<Work>; 2] = [
    workload(
        "PostgreSQL, eight point queries per request, each",
        Work::Find(REQUESTS, QUERIES),
        Some(0.99),
    ),
    workload(
        "PostgreSQL, load of many rows, each",
        Work::Load,
        Some(0.98),
    ),
];

const fn workload(name: &'static str, work: Work, goal: Option<f64>) -> Workload<Work> {
    let operations = match work {
        Work::Find(requests, queries) => requests * queries,
        Work::Load => ROWS,
    };
    Workload {
        name,
        work,
        operations: operations as usize,
        rounds: (5, 101),
        goal,
    }
}

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

type Good = (i32, String, i32);
type Pool<C> = r2d2::Pool<ConnectionManager<C>>;

/// Returns the function that does work with a pool: the queries of each type of connection are compiled separately.
macro_rules! with_pool {
    ($pool:expr) => {{
        let pool = $pool;
        Box::new(move |work| match work {
            Work::Find(requests, queries) => (0..requests).try_for_each(|_| {
                request(|| {
                    let connection = &mut pool.get()?;
                    for id in 0..queries {
                        let good = goods::table.find(id * 97 % ROWS + 1);
                        black_box(good.first::<Good>(connection)?);
                    }
                    Ok(())
                })
            }),
            Work::Load => request(|| {
                black_box(goods::table.load::<Good>(&mut pool.get()?)?);
                Ok(())
            }),
        })
    }};
}

/// Returns diesel with and without monitoring, each with a separate pool.
macro_rules! libraries {
    ($new_pool:expr) => {{
        let new_pool = $new_pool;
        let instrumented = new_pool()?;
        let hook = MonitoringInstrumentation::new().with_dsn("shop.db");
        instrumented.get()?.set_instrumentation(hook);
        let libraries: [Library<Work>; 3] = [
            ("diesel", with_pool!(new_pool()?)),
            ("wrapped", with_pool!(MonitoredPool::new(new_pool()?))),
            ("instrumentation alone", with_pool!(instrumented)),
        ];
        libraries
    }};
}

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    cpu::stay()?;
    gomon::prepare()?;
    let mut rows = database::measure(&SQLITE, &libraries!(sqlite), effort)?;
    if let Ok(url) = std::env::var(POSTGRES) {
        // Each has a separate connection, and the server has a process for each. These differ in speed, so "by CPU"
        // excludes the server and counts only the thread of the client.
        let libraries = libraries!(|| postgres(&url));
        rows.extend(database::measure(&POSTGRESQL, &libraries, effort)?);
    }
    Ok(rows)
}

/// Does the work of one request.
fn request(work: impl FnOnce() -> Result<()>) -> Result<()> {
    let mut request = global().root("request");
    request.scope(work)
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
