//! Cost of monitoring a database: parsing statements and recording queries.

use std::hint::black_box;
use std::time::Duration;

use gomon_core::Monitor;
use gomon_sql::recording::{ConnectionEvent, Database, Scope, StatementKind};
use gomon_sql::{Dialect, Setup, SqlConfig, Statement};

use crate::Result;
use crate::goal::Goal;
use crate::rounds::{self, Alternative, Burst, Effort};
use crate::row::Row;

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

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    let mut rows = normaliser(effort)?;
    rows.extend(recording(effort)?);
    Ok(rows)
}

fn normaliser(effort: Effort) -> Result<Vec<Row>> {
    let bytes: usize = ORDINARY.iter().map(|sql| sql.len()).sum();
    let readers: [(_, fn(&str)); 3] = [
        ("read", |sql| {
            black_box(Statement::new(Dialect::PostgreSql, sql));
        }),
        ("read before", |sql| {
            black_box(Statement::cached(Dialect::PostgreSql, sql));
        }),
        ("scrubbed by the core", |sql| {
            black_box(gomon_core::adapter::scrub_sql(sql));
        }),
    ];
    let alternatives = readers.map(|(name, read)| {
        let read_all = move || ORDINARY.iter().for_each(|sql| read(black_box(sql)));
        Alternative::new(name, move || Ok(burst(bytes, read_all)))
    });
    let measured = rounds::measure(effort.pick(15, 151), alternatives)?;
    let rows = measured.iter().map(|measured| {
        let rate = measured.spread(|burst| burst.rate() / 1e6);
        let goal = || Goal::at_least("MB/s", rate.median, MIN_RATE);
        Row::new("statements", measured.name)
            .with_spread("MB/s", rate)
            .with_goal((measured.name == "read").then(goal))
    });
    Ok(rows.collect())
}

fn recording(effort: Effort) -> Result<Vec<Row>> {
    let running = Monitor::builder().build()?;
    let database = |config: SqlConfig| {
        let setup = Setup::new()
            .with_monitor(running.monitor())
            .with_config(config.with_profile_interval(Duration::ZERO));
        Database::new(setup, Dialect::Sqlite, "sqlite:shop.db")
    };
    let query = |scope: &Scope| {
        let mut query = scope.statement(StatementKind::Query, ORDINARY[3]);
        let _ = black_box(query.row());
        query.complete();
    };
    let whole = database(SqlConfig::default());
    let bare = database(SqlConfig::default().with_profile(false).with_repeats(0));
    let disabled = Setup::new().with_monitor(Monitor::noop());
    let disabled = Database::new(disabled, Dialect::Sqlite, "sqlite:shop.db");
    let [scope, bare, off] = [&whole, &bare, &disabled].map(Scope::without_connection);
    let checkout = || {
        let mut connection = ConnectionEvent::begin(&whole);
        connection.acquired();
        query(connection.scope());
    };
    let works: [(_, &dyn Fn()); 4] = [
        ("query and rows", &|| query(&scope)),
        ("without profile and repeats", &|| query(&bare)),
        ("checkout, query and rows", &checkout),
        ("disabled", &|| query(&off)),
    ];
    let running = &running;
    let alternatives = works.map(|(name, work)| {
        Alternative::new(name, move || {
            let burst = burst(1, work);
            running.monitor().flush(Duration::from_secs(5));
            Ok(burst)
        })
    });
    let measured = rounds::measure(effort.pick(15, 151), alternatives)?;
    let rows = measured.iter().map(|measured| {
        let cost = measured.spread(Burst::elapsed_each);
        Row::new("the caller's cost, ns", measured.name).with_spread("ns", cost)
    });
    Ok(rows.collect())
}

/// Measures work of a number of operations, repeated after a warm-up.
fn burst(operations: usize, work: impl Fn()) -> Burst {
    (0..20).for_each(|_| work());
    Burst::of(operations * BURST, || (0..BURST).for_each(|_| work()))
}
