//! A connection of MySQL, without its C library.

#![allow(missing_docs, reason = "the macro makes public items")]

#[path = "steps.rs"]
mod steps;

use diesel_async::AsyncMysqlConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;

steps::main_of!(
    AsyncConnectionWrapper<AsyncMysqlConnection>,
    "mysql://localhost/shop"
);
