//! MariaDB through a monitored diesel connection.
//!
//! The test lives here because the tests of gomon-sql must not need a system library. It runs the cases of gomon-sql.

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
