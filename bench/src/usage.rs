//! What can be asked for. `cargo xtask` includes this file, so that it tells of a wrong name before it builds anything.

/// The tables: by which name they are asked for, and what they show.
pub const TABLES: &[(&str, &str)] = &[
    ("caller", "what the caller pays, ns"),
    ("disabled", "what a caller pays for nothing, ns"),
    (
        "allocations",
        "allocations on the calling thread, per event",
    ),
    (
        "request",
        "a request to axum over a connection in memory: instructions, counted by callgrind",
    ),
    (
        "contention",
        "one thread and two, five fields, thread CPU ns per event",
    ),
    (
        "flat-out",
        "without a pause, five fields: CPU ns per event and share delivered",
    ),
    (
        "dispatch",
        "dispatcher and listener, events per second of one core",
    ),
    (
        "ndjson",
        "lines of JSON to a file, events per second of one core",
    ),
    ("memory", "a listener stalled for good, 50,000 events/s"),
    (
        "sql",
        "databases: statements that are read, queries that are recorded",
    ),
    ("idle", "an idle process, % of one core"),
    (
        "calls",
        "HTTP calls that go out, to a server that does next to nothing",
    ),
    (
        "diesel",
        "diesel on SQLite in memory, and on PostgreSQL where GOMON_TEST_POSTGRES_URL leads to one",
    ),
    (
        "sqlx",
        "sqlx on SQLite in memory, and on PostgreSQL where GOMON_TEST_POSTGRES_URL leads to one",
    ),
    (
        "served",
        "a request to axum at 10,000 a second, CPU µs: client and server on a CPU each",
    ),
    ("axum", "hello world by axum, 16 connections"),
    ("actix", "hello world by actix, 16 connections"),
    ("hyper", "hello world by hyper alone, 16 connections"),
    ("rocket", "hello world by Rocket, 16 connections"),
    ("warp", "hello world by warp, 16 connections"),
];

/// The tables whose figures come from a build that needs few crates, so that `peers` are not built for them.
const WITHOUT_PEERS: &[&str] = &["request"];

/// Whether the tables in a list with commas need a build with `peers`.
#[must_use]
pub fn needs_peers(names: &str) -> bool {
    names.split(',').any(|name| !WITHOUT_PEERS.contains(&name))
}

/// The first name in a list with commas that no table has.
#[must_use]
pub fn unknown(names: &str) -> Option<&str> {
    names
        .split(',')
        .find(|name| TABLES.iter().all(|(known, _)| known != name))
}

/// What is said of such a name.
#[must_use]
pub fn complaint(name: &str) -> String {
    let names: Vec<_> = TABLES.iter().map(|(name, _)| *name).collect();
    format!("no table `{name}`; there are: {}", names.join(", "))
}
