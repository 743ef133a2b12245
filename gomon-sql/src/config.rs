//! Configuration of the SQL crates.

use std::time::Duration;

use gomon_core::Config;
use gomon_core::adapter::within;
use serde::{Deserialize, Serialize};

/// Maximum number of rows of a result, and of bytes of one value.
const MAX_ROWS: usize = 100;
const MAX_VALUE_BYTES: usize = 1024;

/// Configures what is recorded about the use of databases. Its key in a configuration file is `gomon/sql`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use gomon_core::Monitor;
/// use gomon_sql::SqlConfig;
///
/// let sql = SqlConfig::default()
///     .with_slow_query(Duration::from_millis(200))
///     .with_columns(true);
/// let running = Monitor::builder().config(sql).build()?;
/// # drop(running);
/// # Ok::<(), gomon_core::Error>(())
/// ```
///
/// In a configuration file:
///
/// ```
/// # let json = r#"
/// {"rows": 3, "columns": true, "params": true, "slow-query-ms": 200}
/// # "#;
/// # let sql: gomon_sql::SqlConfig = serde_json::from_str(json)?;
/// # assert_eq!((sql.rows(), sql.columns(), sql.params()), (3, true, true));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct SqlConfig {
    #[serde(deserialize_with = "within::<0, MAX_ROWS, _>")]
    rows: usize,
    columns: bool,
    params: bool,
    #[serde(deserialize_with = "within::<0, MAX_VALUE_BYTES, _>")]
    value_bytes: usize,
    slow_query_ms: u64,
    profile: bool,
    profile_interval_s: u64,
    repeats: u32,
}

impl Default for SqlConfig {
    fn default() -> Self {
        Self {
            rows: 0,
            columns: false,
            params: false,
            value_bytes: 256,
            slow_query_ms: 0,
            profile: true,
            profile_interval_s: 60,
            repeats: 10,
        }
    }
}

impl Config for SqlConfig {
    const NAME: &'static str = "gomon/sql";
}

impl SqlConfig {
    /// Sets how many rows of each result are recorded, at most 100. Rows are data: only columns with the name of a
    /// secret are redacted.
    #[must_use]
    pub fn with_rows(mut self, rows: usize) -> Self {
        self.rows = rows;
        self
    }

    /// Sets whether the names of the columns of a result are recorded.
    #[must_use]
    pub fn with_columns(mut self, recorded: bool) -> Self {
        self.columns = recorded;
        self
    }

    /// Sets whether parameters are recorded, if the library has an API for them. They are data and not redacted.
    #[must_use]
    pub fn with_params(mut self, recorded: bool) -> Self {
        self.params = recorded;
        self
    }

    /// Sets how many bytes of a value of a row or of a parameter are recorded, at most 1 KiB.
    #[must_use]
    pub fn with_value_bytes(mut self, bytes: usize) -> Self {
        self.value_bytes = bytes;
        self
    }

    /// Sets the minimum duration of a statement that is marked as `slow`, at least one millisecond; zero marks none.
    #[must_use]
    pub fn with_slow_query(mut self, threshold: Duration) -> Self {
        let ms = u64::try_from(threshold.as_millis()).unwrap_or(u64::MAX);
        self.slow_query_ms = if threshold.is_zero() { 0 } else { ms.max(1) };
        self
    }

    /// Sets whether the profile of statements is kept.
    #[must_use]
    pub fn with_profile(mut self, kept: bool) -> Self {
        self.profile = kept;
        self
    }

    /// Sets the interval at which the profile is recorded as an event, in whole seconds; zero for never.
    #[must_use]
    pub fn with_profile_interval(mut self, interval: Duration) -> Self {
        self.profile_interval_s = match interval.as_secs() {
            0 if !interval.is_zero() => 1,
            seconds => seconds,
        };
        self
    }

    /// Sets how often a statement must run under one event to be recorded as `n-plus-one`; zero for never.
    #[must_use]
    pub fn with_repeats(mut self, repeats: u32) -> Self {
        self.repeats = repeats;
        self
    }

    /// Returns how many rows of each result are recorded.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.min(MAX_ROWS)
    }

    /// Returns whether the names of columns are recorded.
    #[must_use]
    pub fn columns(&self) -> bool {
        self.columns
    }

    /// Returns whether parameters are recorded.
    #[must_use]
    pub fn params(&self) -> bool {
        self.params
    }

    /// Returns how many bytes of a value are recorded.
    #[must_use]
    pub fn value_bytes(&self) -> usize {
        self.value_bytes.min(MAX_VALUE_BYTES)
    }

    /// Returns the minimum duration of a slow statement.
    #[must_use]
    pub fn slow_query(&self) -> Option<Duration> {
        (self.slow_query_ms > 0).then(|| Duration::from_millis(self.slow_query_ms))
    }

    /// Returns whether the profile is kept.
    #[must_use]
    pub fn profile(&self) -> bool {
        self.profile
    }

    /// Returns the interval at which the profile is recorded.
    #[must_use]
    pub fn profile_interval(&self) -> Option<Duration> {
        (self.profile && self.profile_interval_s > 0)
            .then(|| Duration::from_secs(self.profile_interval_s))
    }

    /// Returns how often a statement must run under one event to be marked.
    #[must_use]
    pub fn repeats(&self) -> u32 {
        self.repeats
    }
}

/// The monitor and the [`SqlConfig`] of a database, looked up for each connection and statement.
pub type Setup = gomon_core::adapter::Setup<SqlConfig>;

#[cfg(test)]
mod tests {
    use gomon_test::ReadmeTable;

    use super::*;

    #[test]
    fn readme_has_the_defaults() {
        let table = ReadmeTable::under("## Configuration", include_str!("../README.md"));
        table.assert_defaults(&SqlConfig::default());
    }

    #[test]
    fn config_survives_its_own_text() {
        let config = SqlConfig::default()
            .with_rows(2)
            .with_slow_query(Duration::from_millis(5));
        let text = serde_json::to_string(&config).unwrap();
        assert!(text.contains(r#""slow-query-ms":5"#), "{text}");
        assert_eq!(serde_json::from_str::<SqlConfig>(&text).unwrap(), config);
    }

    #[test]
    fn short_times_are_not_rounded_to_never() {
        let config = SqlConfig::default()
            .with_slow_query(Duration::from_nanos(1))
            .with_profile_interval(Duration::from_millis(1));
        assert_eq!(config.slow_query(), Some(Duration::from_millis(1)));
        assert_eq!(config.profile_interval(), Some(Duration::from_secs(1)));
        assert_eq!(config.with_slow_query(Duration::ZERO).slow_query(), None);
    }
}
