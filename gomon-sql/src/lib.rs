#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(any(feature = "diesel", feature = "sea-orm", feature = "sqlx"))]
mod cell;
mod config;
mod dialect;
#[cfg(feature = "diesel")]
pub mod diesel;
mod profile;
pub mod recording;
#[cfg(feature = "sea-orm")]
pub mod sea_orm;
#[cfg(feature = "sqlx")]
pub mod sqlx;
mod statement;

pub use config::{Setup, SqlConfig};
pub use dialect::Dialect;
pub use profile::{SqlCaller, SqlProfile, StatementProfile};
pub use statement::Statement;
