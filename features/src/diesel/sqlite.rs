//! A connection of SQLite.

#![allow(missing_docs, reason = "the macro makes public items")]

#[path = "steps.rs"]
mod steps;

steps::main_of!(SqliteConnection, "shop.db");
