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
mod targets;
#[cfg(feature = "tracing")]
mod tracing;

pub use config::LogConfig;
pub use level::Level;
#[cfg(feature = "log")]
pub use log::MonitoredLogger;
#[cfg(feature = "tracing")]
pub use tracing::{LogFilter, MonitoringLayer, layer};
