//! The tables that can be measured.

mod allocations;
mod caller;
#[cfg(feature = "calls")]
mod calls;
mod contention;
#[cfg(feature = "diesel")]
mod diesel;
mod disabled;
mod dispatch;
mod flat_out;
mod idle;
mod memory;
mod ndjson;
mod sql;
#[cfg(feature = "sqlx")]
mod sqlx;
#[cfg(feature = "peers")]
mod web;

use std::process::Command;

use crate::Result;
use crate::rounds::Effort;
use crate::row::Row;

/// A table.
#[derive(Debug)]
pub struct Table {
    /// By which it is asked for.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// Measures it in this process, which must have measured none before.
    pub measure: fn(Effort) -> Result<Vec<Row>>,
    binary: Binary,
}

#[derive(Debug, PartialEq, Eq)]
enum Binary {
    This,
    /// The one whose allocator counts, which costs time that no other table should have in it.
    Allocations,
}

/// All of them.
pub const TABLES: &[Table] = &[
    table("caller", "what the caller pays, ns", caller::measure),
    table(
        "disabled",
        "what a caller pays for nothing, ns",
        disabled::measure,
    ),
    Table {
        name: "allocations",
        title: "allocations on the calling thread, per event",
        measure: allocations::measure,
        binary: Binary::Allocations,
    },
    table(
        "contention",
        "one thread and two, five fields, thread CPU ns per event",
        contention::measure,
    ),
    table(
        "flat-out",
        "without a pause, five fields: CPU ns per event and share delivered",
        flat_out::measure,
    ),
    table(
        "dispatch",
        "dispatcher and listener, events per second of one core",
        dispatch::measure,
    ),
    table(
        "ndjson",
        "lines of JSON to a file, events per second of one core",
        ndjson::measure,
    ),
    table(
        "memory",
        "a listener stalled for good, 50,000 events/s",
        memory::measure,
    ),
    table(
        "sql",
        "databases: statements that are read, queries that are recorded",
        sql::measure,
    ),
    table("idle", "an idle process, % of one core", idle::measure),
    #[cfg(feature = "calls")]
    table(
        "calls",
        "HTTP calls that go out by hyper-util's client, to a server that does next to nothing",
        calls::measure,
    ),
    #[cfg(feature = "diesel")]
    table("diesel", "diesel on SQLite in memory", diesel::measure),
    #[cfg(feature = "sqlx")]
    table(
        "sqlx",
        "sqlx on SQLite in memory, and on PostgreSQL where GOMON_TEST_POSTGRES_URL leads to one",
        sqlx::measure,
    ),
    #[cfg(feature = "peers")]
    table("axum", "hello world by axum, 16 connections", web::axum),
    #[cfg(feature = "peers")]
    table("actix", "hello world by actix, 16 connections", web::actix),
    #[cfg(feature = "peers")]
    table(
        "rocket",
        "hello world by Rocket, 16 connections",
        web::rocket,
    ),
    #[cfg(feature = "peers")]
    table("warp", "hello world by warp, 16 connections", web::warp),
];

const fn table(
    name: &'static str,
    title: &'static str,
    measure: fn(Effort) -> Result<Vec<Row>>,
) -> Table {
    Table {
        name,
        title,
        measure,
        binary: Binary::This,
    }
}

/// The table of that name.
///
/// # Errors
///
/// There is none.
pub fn named(name: &str) -> Result<&'static Table> {
    TABLES
        .iter()
        .find(|table| table.name == name)
        .ok_or_else(|| format!("no table `{name}`").into())
}

impl Table {
    /// A process that measures it and prints its rows.
    ///
    /// # Errors
    ///
    /// The path of this program is not known.
    pub fn command(&self) -> Result<Command> {
        if self.binary == Binary::This {
            let mut command = Command::new(std::env::current_exe()?);
            command.args(["--measure", self.name]);
            return Ok(command);
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        command.args([
            "run",
            "--quiet",
            "--release",
            "--manifest-path",
            manifest,
            "--bin",
            "allocations",
        ]);
        if cfg!(feature = "peers") {
            command.args(["--features", "peers"]);
        }
        command.arg("--");
        Ok(command)
    }
}
