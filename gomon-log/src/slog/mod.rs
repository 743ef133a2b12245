//! Records of slog.

mod drain;
mod nested;
mod serializer;
mod tee;

pub use drain::MonitoredDrain;
