//! sqlx on PostgreSQL.

#[path = "sqlx_steps.rs"]
mod steps;

steps::main_of!(sqlx::Postgres, "postgres://localhost/shop");
