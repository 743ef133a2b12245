//! sqlx on SQLite.

#[path = "sqlx_steps.rs"]
mod steps;

steps::main_of!(sqlx::Sqlite, "sqlite::memory:");
