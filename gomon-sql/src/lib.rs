#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod adapter;
mod cell;
mod config;
mod dialect;
mod profile;
pub mod recording;
mod statement;

pub use config::{Setup, SqlConfig};
pub use dialect::Dialect;
pub use profile::{SqlCaller, SqlProfile, StatementProfile};
pub use statement::Statement;
