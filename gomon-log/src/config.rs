//! Configuration of what is recorded of loggers.

use gomon_core::Config;
use serde::{Deserialize, Serialize};

use crate::Level;
use crate::targets::Targets;

/// Monitor and configuration of a logger, a layer or a drain.
#[cfg(any(feature = "log", feature = "slog", feature = "tracing"))]
pub(crate) type Setup = gomon_core::adapter::Setup<LogConfig>;

/// Configures what is recorded of loggers. Its key in a configuration file is `gomon/log`.
///
/// # Examples
///
/// ```
/// use gomon_core::Monitor;
/// use gomon_log::{Level, LogConfig};
///
/// let log = LogConfig::default()
///     .with_level(Level::Debug)
///     .with_target("hyper", Level::Warn);
/// let running = Monitor::builder().config(log).build()?;
/// # drop(running);
/// # Ok::<(), gomon_core::Error>(())
/// ```
///
/// In a configuration file:
///
/// ```
/// # let json = r#"
/// {"level": "debug", "targets": {"hyper": "warn"}, "max-per-request": 100, "attach": true}
/// # "#;
/// # let log: gomon_log::LogConfig = serde_json::from_str(json)?;
/// # assert_eq!((log.level(), log.max_per_request(), log.attach()), (gomon_log::Level::Debug, 100, true));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct LogConfig {
    level: Level,
    targets: Targets,
    max_per_request: u32,
    attach: bool,
    libraries: bool,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            level: Level::Info,
            targets: Targets::default(),
            max_per_request: 500,
            attach: false,
            libraries: true,
        }
    }
}

impl Config for LogConfig {
    const NAME: &'static str = "gomon/log";

    fn changed() {
        #[cfg(feature = "log")]
        crate::log::refresh();
        #[cfg(feature = "tracing")]
        crate::tracing::refresh();
    }
}

impl LogConfig {
    /// Sets the maximum verbosity of records and spans.
    #[must_use]
    pub fn with_level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Sets the maximum verbosity of a target and its descendants: `hyper` includes `hyper::proto`.
    ///
    /// The longest target wins. At most 256 targets are kept.
    #[must_use]
    pub fn with_target(mut self, target: &str, level: Level) -> Self {
        self.targets.insert(target, level);
        self
    }

    /// Sets the maximum number of records of one request; zero for no limit.
    ///
    /// Further records are counted in the field `logs-omitted` of the request. Records of level `error` have a reserve of
    /// a tenth beyond the maximum.
    #[must_use]
    pub fn with_max_per_request(mut self, records: u32) -> Self {
        self.max_per_request = records;
        self
    }

    /// Sets whether a record is attached to the event of its span or request, instead of an event that is delivered
    /// separately.
    #[must_use]
    pub fn with_attach(mut self, attached: bool) -> Self {
        self.attach = attached;
        self
    }

    /// Sets whether what known libraries report becomes typed events, such as the statements of sqlx.
    #[must_use]
    pub fn with_libraries(mut self, recognized: bool) -> Self {
        self.libraries = recognized;
        self
    }

    /// Returns the maximum verbosity of records and spans.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Returns the maximum number of records of one request; zero for no limit.
    #[must_use]
    pub const fn max_per_request(&self) -> u32 {
        self.max_per_request
    }

    /// Returns whether a record is attached to the event of its span or request.
    #[must_use]
    pub const fn attach(&self) -> bool {
        self.attach
    }

    /// Returns whether what known libraries report becomes typed events.
    #[must_use]
    pub const fn libraries(&self) -> bool {
        self.libraries
    }

    /// Returns the maximum verbosity of any target.
    #[cfg(any(feature = "log", feature = "slog", feature = "tracing"))]
    pub(crate) fn max_level(&self) -> Level {
        self.targets.max_level().max(self.level)
    }

    /// Returns the maximum verbosity of a target.
    #[must_use]
    pub fn level_of(&self, target: &str) -> Level {
        self.targets.level(target).unwrap_or(self.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = include_str!("../README.md");

    #[test]
    fn target_overrides_the_level() {
        let config = LogConfig::default().with_target("hyper", Level::Off);
        assert_eq!(config.level_of("hyper::proto"), Level::Off);
        assert_eq!(config.level_of("shop"), Level::Info);
    }

    #[test]
    fn table_of_keys_in_the_readme_matches() {
        let table = gomon_test::ReadmeTable::under("## Configuration", README);
        table.assert_keys_of::<LogConfig>();
        table.assert_defaults(&LogConfig::default());
    }
}
