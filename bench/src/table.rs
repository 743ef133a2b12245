//! Tables of measurements.

mod caller;
#[cfg(feature = "peers")]
mod calls;
mod contention;
#[cfg(feature = "peers")]
mod database;
#[cfg(feature = "peers")]
mod diesel;
mod disabled;
mod dispatch;
mod flat_out;
mod idle;
mod log;
mod memory;
#[cfg(feature = "peers")]
mod servers;
mod sql;
#[cfg(feature = "peers")]
mod sqlx;
#[cfg(feature = "peers")]
mod tracing;

use std::process::Command;

use crate::Result;
use crate::rounds::Effort;
use crate::row::Row;
use crate::usage;
#[cfg(feature = "peers")]
use crate::web;

/// A table.
#[derive(Debug)]
pub struct Table {
    /// The name on the command line.
    pub name: &'static str,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// A function, called in a process that measures no other table.
    Function(fn(Effort) -> Result<Vec<Row>>),
    /// Another binary of this crate, and the features that it is built with.
    Binary(&'static str, &'static str),
}

/// All tables of this build, in the order of [`usage::TABLES`].
pub const TABLES: &[Table] = &[
    table("caller", caller::measure),
    table("disabled", disabled::measure),
    // Its allocator counts, and this cost must not affect other tables.
    binary(
        "allocations",
        if cfg!(feature = "peers") { "peers" } else { "" },
    ),
    // It runs under callgrind. Other features would change the compiled code.
    binary("request", "request"),
    table("contention", contention::measure),
    table("flat-out", flat_out::measure),
    table("dispatch", dispatch::counting),
    table("ndjson", dispatch::ndjson),
    table("memory", memory::measure),
    table("sql", sql::measure),
    table("idle", idle::measure),
    table("log", log::measure),
    #[cfg(feature = "peers")]
    table("calls", calls::measure),
    #[cfg(feature = "peers")]
    table("diesel", diesel::measure),
    #[cfg(feature = "peers")]
    table("sqlx", sqlx::measure),
    #[cfg(feature = "peers")]
    table("tracing", tracing::measure),
    #[cfg(feature = "peers")]
    table("served", servers::served),
    #[cfg(feature = "peers")]
    table("axum", |effort| servers::measure(&web::axum::AXUM, effort)),
    #[cfg(feature = "peers")]
    table("actix", |effort| {
        servers::measure(&web::actix::ACTIX, effort)
    }),
    #[cfg(feature = "peers")]
    table("hyper", |effort| {
        servers::measure(&web::hyper::HYPER, effort)
    }),
    #[cfg(feature = "peers")]
    table("rocket", |effort| {
        servers::measure(&web::rocket::ROCKET, effort)
    }),
    #[cfg(feature = "peers")]
    table("warp", |effort| servers::measure(&web::warp::WARP, effort)),
];

// With `peers`, all tables are built.
#[cfg(feature = "peers")]
const _: () = assert!(TABLES.len() == usage::TABLES.len());

const fn table(name: &'static str, measure: fn(Effort) -> Result<Vec<Row>>) -> Table {
    let source = Source::Function(measure);
    Table { name, source }
}

const fn binary(name: &'static str, features: &'static str) -> Table {
    let source = Source::Binary(name, features);
    Table { name, source }
}

/// Returns the table with this name.
///
/// # Errors
///
/// Fails if there is none in this build.
pub fn named(name: &str) -> Result<&'static Table> {
    crate::find("table", name, TABLES, |table| table.name)
}

impl Table {
    /// Returns the title.
    #[must_use]
    pub fn title(&self) -> &'static str {
        let mut titles = usage::TABLES.iter();
        let found = titles.find(|(name, _)| *name == self.name);
        found.map_or("", |(_, title)| title)
    }

    /// Measures the table in this process, which must not have measured another one.
    ///
    /// # Errors
    ///
    /// Fails if the table is that of another binary, or if it cannot be measured.
    pub fn measure(&self, effort: Effort) -> Result<Vec<Row>> {
        match self.source {
            Source::Function(measure) => measure(effort),
            Source::Binary(..) => {
                Err(format!("another binary measures it: --only {}", self.name).into())
            }
        }
    }

    /// Returns the command of a process that measures the table and prints its rows.
    ///
    /// # Errors
    ///
    /// Fails if the path of this program is unknown.
    pub fn command(&self) -> Result<Command> {
        let Source::Binary(binary, features) = self.source else {
            let mut command = Command::new(std::env::current_exe()?);
            command.args(["--measure", self.name]);
            return Ok(command);
        };
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        command
            .args(["run", "--quiet", "--release", "--manifest-path", manifest])
            .args(["--bin", binary, "--features", features, "--"]);
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
