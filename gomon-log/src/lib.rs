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
#[cfg(feature = "tracing")]
mod tracing;

pub use config::LogConfig;
pub use level::Level;
#[cfg(feature = "tracing")]
pub use tracing::{LogFilter, MonitoringLayer, TraceFormat, layer};
