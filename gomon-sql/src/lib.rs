#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod adapter;
mod config;
mod names;
mod own;
mod profile;
pub mod recording;
mod repeats;
mod state;
mod statement;

pub use config::{Setup, SqlConfig};
pub use gomon_redact::sql::Dialect;
pub use profile::{SqlCaller, SqlProfile, StatementProfile};
pub use statement::Statement;
