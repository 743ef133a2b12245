//! What is recorded of databases.

use std::time::Duration;

use gomon_core::Config;
use serde::{Deserialize, Serialize};

/// The most rows of a result, and the most bytes of one value, that can be asked for.
const MOST_ROWS: usize = 100;
const LARGEST_VALUE: usize = 1024;

/// What is recorded of databases: `gomon/sql`.
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
    rows: usize,
    columns: bool,
    params: bool,
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
    /// How many rows of each result are recorded, at most 100; none where it is 0. Rows are data: they are recorded as
    /// they are, but for columns that are named like secrets.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_sql::SqlConfig::default().with_rows(3).rows(), 3);
    /// ```
    #[must_use]
    pub fn with_rows(mut self, rows: usize) -> Self {
        self.rows = rows;
        self
    }

    /// Whether the names of a result's columns are recorded.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_sql::SqlConfig::default().with_columns(true).columns());
    /// ```
    #[must_use]
    pub fn with_columns(mut self, recorded: bool) -> Self {
        self.columns = recorded;
        self
    }

    /// Whether the parameters of statements are recorded, where the library shows them. They are data.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_sql::SqlConfig::default().with_params(true).params());
    /// ```
    #[must_use]
    pub fn with_params(mut self, recorded: bool) -> Self {
        self.params = recorded;
        self
    }

    /// How many bytes of one value of a row or of one parameter are recorded, at most 1 KiB.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_sql::SqlConfig::default().with_value_bytes(16).value_bytes(), 16);
    /// ```
    #[must_use]
    pub fn with_value_bytes(mut self, bytes: usize) -> Self {
        self.value_bytes = bytes;
        self
    }

    /// How long a query takes that is slow, so that the database is asked for its plan; zero for never. Counted in whole
    /// milliseconds, and at least one.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let sql = gomon_sql::SqlConfig::default().with_slow_query(Duration::from_millis(200));
    /// assert_eq!(sql.slow_query(), Some(Duration::from_millis(200)));
    /// ```
    #[must_use]
    pub fn with_slow_query(mut self, threshold: Duration) -> Self {
        let ms = u64::try_from(threshold.as_millis()).unwrap_or(u64::MAX);
        self.slow_query_ms = if threshold.is_zero() { 0 } else { ms.max(1) };
        self
    }

    /// Whether the profile of statements is kept.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!gomon_sql::SqlConfig::default().with_profile(false).profile());
    /// ```
    #[must_use]
    pub fn with_profile(mut self, kept: bool) -> Self {
        self.profile = kept;
        self
    }

    /// How often the profile becomes an event, in whole seconds; zero for never by itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let sql = gomon_sql::SqlConfig::default().with_profile_interval(Duration::from_secs(10));
    /// assert_eq!(sql.profile_interval(), Some(Duration::from_secs(10)));
    /// ```
    #[must_use]
    pub fn with_profile_interval(mut self, interval: Duration) -> Self {
        self.profile_interval_s = match interval.as_secs() {
            0 if !interval.is_zero() => 1,
            seconds => seconds,
        };
        self
    }

    /// How often the same statement runs under one event before that is marked with `n-plus-one`; zero for never.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_sql::SqlConfig::default().with_repeats(50).repeats(), 50);
    /// ```
    #[must_use]
    pub fn with_repeats(mut self, repeats: u32) -> Self {
        self.repeats = repeats;
        self
    }

    /// How many rows of each result are recorded.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_sql::SqlConfig::default().rows(), 0);
    /// ```
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.min(MOST_ROWS)
    }

    /// Whether the names of columns are recorded.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!gomon_sql::SqlConfig::default().columns());
    /// ```
    #[must_use]
    pub fn columns(&self) -> bool {
        self.columns
    }

    /// Whether parameters are recorded.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!gomon_sql::SqlConfig::default().params());
    /// ```
    #[must_use]
    pub fn params(&self) -> bool {
        self.params
    }

    /// How many bytes of one value are recorded.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_sql::SqlConfig::default().value_bytes(), 256);
    /// ```
    #[must_use]
    pub fn value_bytes(&self) -> usize {
        self.value_bytes.min(LARGEST_VALUE)
    }

    /// How long a query takes that is slow.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_sql::SqlConfig::default().slow_query(), None);
    /// ```
    #[must_use]
    pub fn slow_query(&self) -> Option<Duration> {
        (self.slow_query_ms > 0).then(|| Duration::from_millis(self.slow_query_ms))
    }

    /// Whether the profile is kept.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_sql::SqlConfig::default().profile());
    /// ```
    #[must_use]
    pub fn profile(&self) -> bool {
        self.profile
    }

    /// How often the profile becomes an event.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// assert_eq!(gomon_sql::SqlConfig::default().profile_interval(), Some(Duration::from_secs(60)));
    /// ```
    #[must_use]
    pub fn profile_interval(&self) -> Option<Duration> {
        (self.profile && self.profile_interval_s > 0)
            .then(|| Duration::from_secs(self.profile_interval_s))
    }

    /// How often the same statement runs under one event before that is marked.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_sql::SqlConfig::default().repeats(), 10);
    /// ```
    #[must_use]
    pub fn repeats(&self) -> u32 {
        self.repeats
    }
}

/// Which monitor and which [`SqlConfig`] the recording uses, looked up at each connection and statement.
///
/// # Examples
///
/// ```
/// use gomon_sql::{Setup, SqlConfig};
///
/// let setup = Setup::new().with_config(SqlConfig::default().with_rows(10));
/// assert_eq!(setup.config(setup.monitor()).rows(), 10);
/// ```
pub type Setup = gomon_core::Setup<SqlConfig>;

#[cfg(test)]
mod tests {
    use gomon_test::ReadmeTable;

    use super::*;

    #[test]
    fn readme_tells_the_defaults() {
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
