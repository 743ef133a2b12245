//! A connection of PostgreSQL, without its C library.

#![allow(missing_docs, reason = "the macro makes public items")]

#[path = "steps.rs"]
mod steps;

use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;

steps::main_of!(
    AsyncConnectionWrapper<AsyncPgConnection>,
    "postgres://localhost/shop"
);
