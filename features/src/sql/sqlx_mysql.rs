//! sqlx on MySQL.

#[path = "sqlx_steps.rs"]
mod steps;

steps::main_of!(sqlx::MySql, "mysql://localhost/shop");
