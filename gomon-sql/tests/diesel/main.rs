//! Diesel, watched: on SQLite in the process, and on real servers where they are.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

mod sqlite;
