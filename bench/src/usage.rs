//! Names of the tables.
//!
//! `cargo xtask` includes this file, so that it reports a wrong name before it builds anything.

/// The tables: their names and titles.
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
    ("memory", "a permanently stalled listener, 50,000 events/s"),
    (
        "sql",
        "databases: parsing of statements, recording of queries",
    ),
    ("idle", "an idle process, % of one core"),
    ("log", "records of log and slog, ns"),
    ("calls", "outgoing HTTP calls to a minimal server"),
    (
        "diesel",
        "diesel on SQLite in memory, and on the PostgreSQL at GOMON_TEST_POSTGRES_URL, if set",
    ),
    (
        "sqlx",
        "sqlx on SQLite in memory, and on the PostgreSQL at GOMON_TEST_POSTGRES_URL, if set",
    ),
    ("tracing", "spans and records of tracing through layers, ns"),
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

/// Tables whose build does not need `peers`.
const WITHOUT_PEERS: &[&str] = &["log", "request"];

/// Returns whether a table of a comma-separated list needs a build with `peers`.
#[must_use]
pub fn needs_peers(names: &str) -> bool {
    names.split(',').any(|name| !WITHOUT_PEERS.contains(&name))
}

/// Returns the first unknown name of a comma-separated list.
#[must_use]
pub fn unknown(names: &str) -> Option<&str> {
    names
        .split(',')
        .find(|name| TABLES.iter().all(|(known, _)| known != name))
}

/// Returns the error message for an unknown name.
#[must_use]
pub fn complaint(name: &str) -> String {
    let names: Vec<_> = TABLES.iter().map(|(name, _)| *name).collect();
    format!("no table `{name}`; there are: {}", names.join(", "))
}
