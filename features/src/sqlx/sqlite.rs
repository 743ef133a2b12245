//! sqlx on SQLite.

#[path = "steps.rs"]
mod steps;

steps::main_of!(sqlx::Sqlite, "sqlite::memory:");
