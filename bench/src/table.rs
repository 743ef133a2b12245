//! Tables of measurements.

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
mod request;
#[cfg(feature = "peers")]
mod served;
mod sql;
#[cfg(feature = "sqlx")]
mod sqlx;
#[cfg(feature = "peers")]
mod web;

use std::process::Command;

use crate::Result;
use crate::rounds::Effort;
use crate::row::Row;
use crate::usage;

/// A table.
#[derive(Debug)]
pub struct Table {
    /// The name on the command line.
    pub name: &'static str,
    /// Measures it in this process, which must not have measured another table.
    pub measure: fn(Effort) -> Result<Vec<Row>>,
    binary: Binary,
}

#[derive(Debug, PartialEq, Eq)]
enum Binary {
    This,
    /// The binary with a counting allocator, whose cost must not affect other tables.
    Allocations,
    /// The binary that runs under callgrind, always built with the same features, as these change the compiled code.
    Request,
}

/// All tables of this build, in the order of [`usage::TABLES`].
pub const TABLES: &[Table] = &[
    table("caller", caller::measure),
    table("disabled", disabled::measure),
    Table {
        name: "allocations",
        measure: allocations::measure,
        binary: Binary::Allocations,
    },
    Table {
        name: "request",
        measure: request::measure,
        binary: Binary::Request,
    },
    table("contention", contention::measure),
    table("flat-out", flat_out::measure),
    table("dispatch", dispatch::measure),
    table("ndjson", ndjson::measure),
    table("memory", memory::measure),
    table("sql", sql::measure),
    table("idle", idle::measure),
    #[cfg(feature = "calls")]
    table("calls", calls::measure),
    #[cfg(feature = "diesel")]
    table("diesel", diesel::measure),
    #[cfg(feature = "sqlx")]
    table("sqlx", sqlx::measure),
    #[cfg(feature = "peers")]
    table("served", served::measure),
    #[cfg(feature = "peers")]
    table("axum", web::axum),
    #[cfg(feature = "peers")]
    table("actix", web::actix),
    #[cfg(feature = "peers")]
    table("hyper", web::hyper),
    #[cfg(feature = "peers")]
    table("rocket", web::rocket),
    #[cfg(feature = "peers")]
    table("warp", web::warp),
];

// With `peers`, all tables are built.
#[cfg(feature = "peers")]
const _: () = assert!(TABLES.len() == usage::TABLES.len());

const fn table(name: &'static str, measure: fn(Effort) -> Result<Vec<Row>>) -> Table {
    Table {
        name,
        measure,
        binary: Binary::This,
    }
}

/// Returns the table with this name.
///
/// # Errors
///
/// Fails if there is none in this build.
pub fn named(name: &str) -> Result<&'static Table> {
    TABLES
        .iter()
        .find(|table| table.name == name)
        .ok_or_else(|| format!("this build has no table `{name}`").into())
}

impl Table {
    /// Returns the title.
    #[must_use]
    pub fn title(&self) -> &'static str {
        let mut titles = usage::TABLES.iter();
        let found = titles.find(|(name, _)| *name == self.name);
        found.map_or("", |(_, title)| title)
    }

    /// Returns the command of a process that measures the table and prints its rows.
    ///
    /// # Errors
    ///
    /// Fails if the path of this program is unknown.
    pub fn command(&self) -> Result<Command> {
        let (binary, features) = match self.binary {
            Binary::This => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["--measure", self.name]);
                return Ok(command);
            }
            Binary::Allocations if cfg!(feature = "peers") => ("allocations", "peers"),
            Binary::Allocations => ("allocations", ""),
            Binary::Request => ("request", "request"),
        };
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        command
            .args(["run", "--quiet", "--release", "--manifest-path", manifest])
            .args(["--bin", binary, "--features", features]);
        command.arg("--");
        Ok(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_listed() {
        for table in TABLES {
            assert!(!table.title().is_empty(), "{}", table.name);
        }
    }
}
