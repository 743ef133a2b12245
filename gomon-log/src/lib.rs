#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;
#[cfg(any(feature = "log", feature = "slog", feature = "tracing"))]
mod fields;
#[cfg(any(feature = "log", feature = "slog", feature = "tracing"))]
mod guard;
mod level;
#[cfg(any(feature = "log", feature = "slog", feature = "tracing"))]
mod record;
mod targets;

pub use config::LogConfig;
pub use level::Level;
