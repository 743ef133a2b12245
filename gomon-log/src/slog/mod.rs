//! Records of slog.

mod drain;
mod ids;
mod nested;
mod serializer;
mod tee;

pub use drain::MonitoredDrain;
