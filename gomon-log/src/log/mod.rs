//! Records of `log`.

mod fields;
mod logger;
mod max_level;

pub use logger::MonitoredLogger;
pub(crate) use max_level::refresh;
