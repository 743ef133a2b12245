#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;
mod cost;
mod record;
mod redaction;
mod replay;
mod statement;
mod traceparent;

pub use config::config;
pub use cost::cost;
pub use record::record;
pub use redaction::redaction;
pub use replay::replay;
pub use statement::statement;
pub use traceparent::traceparent;
