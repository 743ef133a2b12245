//! sqlx on MySQL.

#[path = "steps.rs"]
mod steps;

steps::main_of!(sqlx::MySql, "mysql://localhost/shop");
