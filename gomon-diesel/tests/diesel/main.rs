//! Diesel, watched: on SQLite in the process, and on real servers where they are.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

mod support;

mod asynchronous;
mod bare_and_wrapped;
mod cached;
mod mariadb;
mod mariadb_cases;
mod on_request;
mod pool;
mod postgres;
mod program;
mod secrets;
mod server;
mod sqlite;
mod unfinished;
