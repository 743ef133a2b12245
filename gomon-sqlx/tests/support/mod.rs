//! What the tests of sqlx share.

#![allow(unused_imports, reason = "each test program uses its part")]

pub(crate) mod program;
pub(crate) mod server;
#[path = "../../../gomon-sql/tests/watched/mod.rs"]
mod watched;

pub(crate) use watched::{Watched, json, outline};
