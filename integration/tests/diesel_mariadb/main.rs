//! MariaDB through a monitored diesel connection.
//!
//! The test lives here because the tests of gomon-diesel must not need a system library. It runs the cases of gomon-diesel.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

mod mariadb;
#[path = "../../../gomon-diesel/tests/diesel/mariadb_cases.rs"]
mod mariadb_cases;
#[path = "../../../gomon-diesel/tests/diesel/program.rs"]
mod program;
#[path = "../../../gomon-diesel/tests/diesel/server.rs"]
mod server;
#[path = "../../../gomon-diesel/tests/diesel/support.rs"]
mod support;
