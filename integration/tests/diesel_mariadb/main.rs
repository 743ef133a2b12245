//! MariaDB, asked by diesel's own connection, and watched by gomon-sql.
//!
//! It stands here and not in gomon-sql, whose tests ask for no C library of the system. The cases are those of gomon-sql.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

mod mariadb;
#[path = "../../../gomon-sql/tests/diesel/mariadb_cases.rs"]
mod mariadb_cases;
#[path = "../../../gomon-sql/tests/diesel/program.rs"]
mod program;
#[path = "../../../gomon-sql/tests/diesel/server.rs"]
mod server;
#[path = "../../../gomon-sql/tests/diesel/support.rs"]
mod support;
