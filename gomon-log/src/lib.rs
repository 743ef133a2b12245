#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;
#[cfg(any(feature = "log", feature = "slog", feature = "tracing"))]
mod fields;
#[cfg(any(feature = "log", feature = "slog", feature = "tracing"))]
mod guard;
mod level;
#[cfg(feature = "log")]
mod log;
#[cfg(any(feature = "log", feature = "slog", feature = "tracing"))]
mod record;
#[cfg(feature = "slog")]
mod slog;
mod targets;
#[cfg(feature = "tracing")]
mod tracing;

pub use config::LogConfig;
pub use level::Level;
#[cfg(feature = "log")]
pub use log::MonitoredLogger;
#[cfg(feature = "slog")]
pub use slog::MonitoredDrain;
#[cfg(feature = "tracing")]
pub use tracing::{LogFilter, MonitoringLayer, layer};
