//! The database that events refer to.

use std::sync::Arc;

use gomon_core::adapter::{keys, scrub_dsn};
use gomon_core::{EventTracker, Monitor, TrackerContext, Value};

use crate::profile::KnownInterval;
use crate::{Dialect, Setup, SqlConfig};

/// A database: its dialect, its address, and the monitor and configuration that record its use. A pool or a connection
/// has one; clones are cheap.
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
    /// Describes a database. User, password and options of the connection string are dropped.
    #[must_use]
    pub fn new(setup: Setup, dialect: Dialect, dsn: &str) -> Self {
        // An unknown connection string stays empty.
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

    /// Describes the same database by another connection string.
    #[must_use]
    pub fn with_dsn(self, dsn: &str) -> Self {
        Self::new(self.0.setup.clone(), self.0.dialect, dsn)
    }

    /// Pins the monitor.
    #[must_use]
    pub fn with_monitor(self, monitor: Monitor) -> Self {
        let setup = self.0.setup.clone().with_monitor(monitor);
        Self::new(setup, self.0.dialect, &self.0.dsn)
    }

    /// Pins the configuration.
    #[must_use]
    pub fn with_config(self, config: SqlConfig) -> Self {
        let setup = self.0.setup.clone().with_config(config);
        Self::new(setup, self.0.dialect, &self.0.dsn)
    }

    /// Returns its dialect.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.0.dialect
    }

    /// Returns its connection string, without secrets.
    #[must_use]
    pub fn dsn(&self) -> &str {
        &self.0.dsn
    }

    /// Returns the monitor to use now: the pinned one, else that of the current tracker, else the global one.
    #[must_use]
    #[inline]
    pub fn monitor(&self) -> Monitor {
        self.monitor_under(None)
    }

    /// Returns [`monitor`](Self::monitor), but prefers the monitor of `place` to the global one.
    #[inline]
    pub(super) fn monitor_under(&self, place: Option<&TrackerContext>) -> Monitor {
        self.0.setup.monitor_under(place)
    }

    pub(super) fn pinned(&self) -> Option<Monitor> {
        self.0.setup.pinned()
    }

    /// Returns the configuration of a monitor, unless one is pinned.
    #[inline]
    pub(super) fn config_of(&self, monitor: Monitor) -> Arc<SqlConfig> {
        self.0.setup.config(monitor)
    }

    /// Records the driver and the connection string.
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
