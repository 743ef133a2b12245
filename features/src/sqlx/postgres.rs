//! sqlx on PostgreSQL.

#[path = "steps.rs"]
mod steps;

steps::main_of!(sqlx::Postgres, "postgres://localhost/shop");
