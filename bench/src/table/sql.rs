//! Cost of monitoring a database: parsing statements and recording queries.

use std::hint::black_box;
use std::time::Instant;

use gomon_core::Monitor;
use gomon_sql::recording::{ConnectionEvent, Database, Scope, StatementKind};
use gomon_sql::{Dialect, Setup, SqlConfig, Statement};

use crate::Result;
use crate::goal::Goal;
use crate::rounds::{Effort, interleave};
use crate::row::Row;
use crate::spread::Spread;

/// Minimum throughput of the normaliser, millions of bytes per second.
const MIN_RATE: f64 = 200.0;
/// Number of queries per burst; short enough that it is rarely preempted.
const BURST: usize = 100;

/// Typical statements of programs and their libraries.
const ORDINARY: [&str; 4] = [
    r#"SELECT "orders"."id", "orders"."customer_id", "orders"."total", "customers"."name" FROM "orders" INNER JOIN "customers" ON "customers"."id" = "orders"."customer_id" WHERE "orders"."state" = $1 AND "orders"."created_at" > $2 ORDER BY "orders"."created_at" DESC LIMIT $3 OFFSET $4"#,
    "INSERT INTO goods (name, price, amount, created_at) VALUES ('an apple', 1.25, 300, now()), ('a pear', 1.75, 20, now()), ('a plum', 0.5, 1200, now()) ON CONFLICT (name) DO UPDATE SET price = excluded.price RETURNING id",
    "update carts set amount = amount + 1, changed_at = '2026-11-26T11:30:00Z' where owner = 'somebody@example.org' and good_id in (17, 18, 19, 20, 21, 22, 23)",
    "SELECT id, name, price FROM goods WHERE id = $1",
];

struct Workload {
    name: &'static str,
    run: Box<dyn Fn(usize)>,
}

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    let mut rows = normaliser(effort);
    rows.extend(recording(effort)?);
    Ok(rows)
}

fn normaliser(effort: Effort) -> Vec<Row> {
    let bytes: usize = ORDINARY.iter().map(|sql| sql.len()).sum();
    let read = |times: usize, read: fn(&str)| {
        for _ in 0..times {
            ORDINARY.iter().for_each(|sql| read(black_box(sql)));
        }
    };
    let workloads = [
        Workload {
            name: "read",
            run: Box::new(move |times| {
                read(times, |sql| {
                    black_box(Statement::new(Dialect::PostgreSql, sql));
                });
            }),
        },
        Workload {
            name: "read before",
            run: Box::new(move |times| {
                read(times, |sql| {
                    black_box(Statement::cached(Dialect::PostgreSql, sql));
                });
            }),
        },
        Workload {
            name: "scrubbed by the core",
            run: Box::new(move |times| {
                read(times, |sql| {
                    black_box(gomon_core::scrub_sql(sql));
                });
            }),
        },
    ];
    let figures = interleave(&workloads, effort.pick(15, 151), |workload| {
        (workload.run)(20);
        let start = Instant::now();
        (workload.run)(BURST);
        start.elapsed().as_secs_f64() / BURST as f64
    });
    workloads
        .iter()
        .zip(&figures)
        .map(|(workload, figures)| {
            let rate = Spread::of(figures.iter().map(|seconds| bytes as f64 / seconds / 1e6));
            let row = Row::new("statements", workload.name)
                .with("MB/s", rate.median)
                .with("p25", rate.low)
                .with("p75", rate.high);
            match workload.name {
                "read" => row.with_goal(Goal::at_least("MB/s", rate.median, MIN_RATE)),
                _ => row,
            }
        })
        .collect()
}

fn recording(effort: Effort) -> Result<Vec<Row>> {
    let running = Monitor::builder().build()?;
    let database = |config: SqlConfig| {
        let setup = Setup::new()
            .with_monitor(running.monitor())
            .with_config(config.with_profile_interval(std::time::Duration::ZERO));
        Database::new(setup, Dialect::Sqlite, "sqlite:shop.db")
    };
    let query = |scope: &Scope| {
        let mut query = scope.statement(StatementKind::Query, ORDINARY[3]);
        let _ = black_box(query.row());
        query.complete();
    };
    let disabled = Setup::new().with_monitor(Monitor::noop());
    let disabled = Database::new(disabled, Dialect::Sqlite, "sqlite:shop.db");
    let bare = database(SqlConfig::default().with_profile(false).with_repeats(0));
    let workload = |name, work: Box<dyn Fn()>| Workload {
        name,
        run: Box::new(move |times| (0..times).for_each(|_| work())),
    };
    let scope = Scope::without_connection(&database(SqlConfig::default()));
    let bare = Scope::without_connection(&bare);
    let off = Scope::without_connection(&disabled);
    let whole = database(SqlConfig::default());
    let workloads = [
        workload("query and rows", Box::new(move || query(&scope))),
        workload(
            "without profile and repeats",
            Box::new(move || query(&bare)),
        ),
        workload(
            "checkout, query and rows",
            Box::new(move || {
                let mut connection = ConnectionEvent::begin(&whole);
                connection.acquired();
                query(connection.scope());
            }),
        ),
        workload("disabled", Box::new(move || query(&off))),
    ];
    let figures = interleave(&workloads, effort.pick(15, 151), |workload| {
        (workload.run)(20);
        let start = Instant::now();
        (workload.run)(BURST);
        let lapsed = start.elapsed().as_nanos() as f64 / BURST as f64;
        running.flush(std::time::Duration::from_secs(5));
        lapsed
    });
    let rows = workloads.iter().zip(&figures).map(|(workload, figures)| {
        let spread = Spread::of(figures.iter().copied());
        Row::new("the caller's cost, ns", workload.name)
            .with("median", spread.median)
            .with("p25", spread.low)
            .with("p75", spread.high)
    });
    Ok(rows.collect())
}
