//! Severity of a record.

use serde::{Deserialize, Serialize};

/// Severity of a record, and the maximum verbosity of a filter.
///
/// # Examples
///
/// ```
/// use gomon_log::Level;
///
/// assert!(Level::Error < Level::Debug);
/// assert_eq!(Level::Warn.as_str(), "warn");
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Filters every record. A record never has this level.
    Off,
    /// An error; also `critical` of slog.
    Error,
    /// A warning.
    Warn,
    /// Information; the default.
    #[default]
    Info,
    /// Details for developers.
    Debug,
    /// Every detail.
    Trace,
}

impl Level {
    /// Returns the word used in events and configuration files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}
