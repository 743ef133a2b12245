//! What diesel on SQLite loses by being watched.

use std::time::Instant;

use diesel::connection::{LoadConnection, SimpleConnection};
use diesel::prelude::*;
use diesel::sqlite::{Sqlite, SqliteConnection};
use gomon_core::global;
use gomon_sql::diesel::{MonitoredConnection, MonitoringInstrumentation};

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
/// Point queries of a timed burst, under one request.
const BURST: i32 = 1000;

struct Workload {
    name: &'static str,
    /// Units of one run.
    units: f64,
    bare: fn(&mut SqliteConnection) -> QueryResult<()>,
    wrapped: fn(&mut MonitoredConnection<SqliteConnection>) -> QueryResult<()>,
    /// Of the bare rate.
    goal: f64,
}

const WORKLOADS: [Workload; 2] = [
    Workload {
        name: "point query",
        units: BURST as f64,
        bare: find,
        wrapped: find,
        goal: 0.97,
    },
    Workload {
        name: "load of many rows, each",
        units: ROWS as f64,
        bare: load,
        wrapped: load,
        goal: 0.98,
    },
];

enum Subject {
    Bare,
    Wrapped,
    Instrumented,
}

const SUBJECTS: [(&str, Subject); 3] = [
    ("diesel", Subject::Bare),
    ("wrapped", Subject::Wrapped),
    ("instrumentation alone", Subject::Instrumented),
];

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    gomon::start(gomon::counting())?;
    let mut bare = furnished()?;
    let mut wrapped = MonitoredConnection::new(furnished()?);
    let mut instrumented = furnished()?;
    instrumented.set_instrumentation(MonitoringInstrumentation::new().with_dsn(":memory:"));
    let mut rows = Vec::new();
    for workload in &WORKLOADS {
        let mut failed = None;
        let mut run = |subject: &Subject| {
            let mut request = global().root("request");
            let start = Instant::now();
            let done = request.scope(|| match subject {
                Subject::Bare => (workload.bare)(&mut bare),
                Subject::Wrapped => (workload.wrapped)(&mut wrapped),
                Subject::Instrumented => (workload.bare)(&mut instrumented),
            });
            let lapsed = start.elapsed().as_nanos() as f64;
            request.finish();
            gomon::settle();
            if let Err(error) = done {
                failed = Some(error);
            }
            lapsed / workload.units
        };
        for (_, subject) in &SUBJECTS {
            run(subject);
        }
        let times = interleave(&SUBJECTS, effort.pick(5, 101), |(_, subject)| run(subject));
        if let Some(error) = failed {
            return Err(error.into());
        }
        let bare = times.first().cloned().unwrap_or_default();
        for ((name, subject), times) in SUBJECTS.iter().zip(&times) {
            let rate = Spread::paired(times, &bare, |ours, bare| bare / ours);
            let mut row = Row::new(workload.name, *name)
                .with("ns", Spread::of(times.iter().copied()).median)
                .with("p25", rate.low)
                .with("of bare", rate.median)
                .with("p75", rate.high);
            if matches!(subject, Subject::Wrapped) {
                row = row.with_goal(Goal::at_least("of bare", rate.median, workload.goal));
            }
            rows.push(row);
        }
    }
    Ok(rows)
}

fn furnished() -> Result<SqliteConnection> {
    let mut conn = SqliteConnection::establish(":memory:")?;
    conn.batch_execute(&format!(
        "CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price INTEGER NOT NULL); \
         WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < {ROWS}) \
         INSERT INTO goods SELECT id, 'good ' || id, id * 10 FROM ids"
    ))?;
    Ok(conn)
}

fn find<C: LoadConnection<Backend = Sqlite>>(conn: &mut C) -> QueryResult<()> {
    for id in 1..=BURST {
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
