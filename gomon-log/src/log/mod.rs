//! Records of `log`.

mod fields;
mod hook;
mod logger;
mod max_level;

pub(crate) use hook::hook;
pub use logger::MonitoredLogger;
pub(crate) use max_level::refresh;
