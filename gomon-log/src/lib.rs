#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(any(feature = "log", feature = "tracing"))]
mod auto;
mod config;
#[cfg(any(feature = "log", feature = "slog", feature = "tracing"))]
mod fields;
#[cfg(any(feature = "log", feature = "slog", feature = "tracing"))]
mod guard;
#[cfg(any(feature = "log", feature = "slog", feature = "tracing"))]
mod ids;
mod level;
#[cfg(feature = "log")]
mod log;
#[cfg(any(feature = "log", feature = "slog", feature = "tracing"))]
mod record;
#[cfg(any(feature = "log", feature = "slog"))]
mod setup;
#[cfg(feature = "slog")]
mod slog;
#[cfg(any(feature = "log", feature = "slog", feature = "tracing"))]
mod sqlx;
mod targets;
#[cfg(feature = "tracing")]
mod tracing;

#[cfg(any(feature = "log", feature = "tracing"))]
pub use auto::auto;
pub use config::LogConfig;
#[cfg(any(feature = "log", feature = "slog", feature = "tracing"))]
pub use ids::CurrentIds;
pub use level::Level;
#[cfg(feature = "log")]
pub use log::MonitoredLogger;
#[cfg(feature = "slog")]
pub use slog::MonitoredDrain;
#[cfg(feature = "tracing")]
pub use tracing::{LogFilter, MonitoringLayer, TraceFormat, layer};
