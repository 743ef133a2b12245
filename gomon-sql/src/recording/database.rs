//! A database as its events name it.

use std::sync::Arc;

use gomon_core::{EventTracker, Monitor, TrackerContext, Value, keys, scrub_dsn};

use crate::profile::KnownInterval;
use crate::{Dialect, Setup, SqlConfig};

/// A database: what it speaks, where it is, and by which monitor and configuration its use is recorded. A pool or a
/// connection of a library has one; clones are cheap.
///
/// # Examples
///
/// ```
/// use gomon_sql::{Dialect, Setup, recording::Database};
///
/// let database = Database::new(Setup::new(), Dialect::PostgreSql, "postgres://shop:secret@db/orders");
/// assert_eq!(database.dsn(), "postgres://db/orders");
/// ```
#[derive(Clone, Debug)]
pub struct Database(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    setup: Setup,
    dialect: Dialect,
    dsn: Box<str>,
    interval: KnownInterval,
}

impl Database {
    /// Describes a database. Of the connection string, user, password and options are left out.
    ///
    /// # Examples
    ///
    /// See [`Database`].
    #[must_use]
    pub fn new(setup: Setup, dialect: Dialect, dsn: &str) -> Self {
        // An unknown one is empty, and stays so.
        let dsn = if dsn.is_empty() {
            "".into()
        } else {
            scrub_dsn(dsn)
        };
        Self(Arc::new(Inner {
            setup,
            dialect,
            dsn: dsn.into(),
            interval: KnownInterval::default(),
        }))
    }

    /// What it speaks.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_sql::{Dialect, Setup, recording::Database};
    ///
    /// let database = Database::new(Setup::new(), Dialect::Sqlite, "sqlite::memory:");
    /// assert_eq!(database.dialect(), Dialect::Sqlite);
    /// ```
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.0.dialect
    }

    /// Where it is, without secrets.
    ///
    /// # Examples
    ///
    /// See [`Database`].
    #[must_use]
    pub fn dsn(&self) -> &str {
        &self.0.dsn
    }

    /// Returns the monitor to use now: the pinned one, else that of the current tracker, else the global one.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::Monitor;
    /// use gomon_sql::{Dialect, Setup, recording::Database};
    ///
    /// let setup = Setup::new().with_monitor(Monitor::noop());
    /// assert!(Database::new(setup, Dialect::Sqlite, "").monitor().is_noop());
    /// ```
    #[must_use]
    #[inline]
    pub fn monitor(&self) -> Monitor {
        self.monitor_under(None)
    }

    /// As [`monitor`](Self::monitor); where nothing is current, that of `place` comes before the global one.
    #[inline]
    pub(super) fn monitor_under(&self, place: Option<&TrackerContext>) -> Monitor {
        self.0.setup.monitor_under(place)
    }

    pub(super) fn pinned(&self) -> Option<Monitor> {
        self.0.setup.pinned()
    }

    /// The configuration to use now.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_sql::{Dialect, Setup, SqlConfig, recording::Database};
    ///
    /// let setup = Setup::new().with_config(SqlConfig::default().with_rows(3));
    /// assert_eq!(Database::new(setup, Dialect::Sqlite, "").config().rows(), 3);
    /// ```
    #[must_use]
    pub fn config(&self) -> Arc<SqlConfig> {
        self.0.setup.config(self.monitor())
    }

    /// As [`config`](Self::config), a copy.
    #[inline]
    pub(super) fn config_copy(&self, monitor: Monitor) -> SqlConfig {
        self.0.setup.config_copy(monitor)
    }

    /// Records driver and connection string.
    pub(super) fn record(&self, tracker: &mut EventTracker) {
        tracker.set(keys::DRIVER, self.0.dialect.as_str());
        if !self.0.dsn.is_empty() {
            tracker.set(keys::DSN, Value::dsn(&self.0.dsn));
        }
    }

    pub(super) fn interval(&self) -> &KnownInterval {
        &self.0.interval
    }
}
