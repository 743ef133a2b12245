//! The event of a connection.

use std::time::Duration;

use gomon_core::TrackerContext;
use gomon_core::{EventTracker, Outcome, Tracker as _, keys};

use super::{Database, Failure, Scope, TransactionEvent, scope};

/// A connection, from when it is asked for until it is closed, or given back to its pool: `sql-wconn`.
///
/// It is `cancelled` until it was [acquired](Self::acquired) or [opened](Self::opened); it ends when it is dropped. It
/// is a child of what is current when it begins, and a root where nothing is.
///
/// # Examples
///
/// ```
/// use gomon_sql::{Dialect, Setup, recording::{ConnectionEvent, Database, StatementKind}};
///
/// let database = Database::new(Setup::new(), Dialect::Sqlite, "sqlite:shop.db");
/// let mut connection = ConnectionEvent::begin(&database);
/// // … the pool hands out a connection …
/// connection.acquired();
/// let query = connection.scope().statement(StatementKind::Query, "SELECT 1");
/// query.complete();
/// ```
#[derive(Debug)]
pub struct ConnectionEvent {
    tracker: EventTracker,
    scope: Scope,
}

impl ConnectionEvent {
    /// A connection is asked for.
    ///
    /// # Examples
    ///
    /// See [`ConnectionEvent`].
    #[must_use]
    pub fn begin(database: &Database) -> Self {
        let mut tracker = scope::open(database, None, "sql-wconn");
        tracker.set_outcome(Outcome::Cancelled);
        database.record(&mut tracker);
        let scope = Scope::of_connection(database, &tracker);
        Self { tracker, scope }
    }

    /// The pool handed it out: the time until now is its `wait`.
    ///
    /// # Examples
    ///
    /// See [`ConnectionEvent`].
    pub fn acquired(&mut self) {
        let wait = self.tracker.lapsed();
        self.tracker.set(keys::WAIT, wait);
        self.scope.note_wait(wait.max(Duration::from_nanos(1)));
        self.tracker.complete();
    }

    /// It was opened, by no pool.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sql::{Dialect, Setup, recording::{ConnectionEvent, Database}};
    /// # let database = Database::new(Setup::new(), Dialect::Sqlite, "sqlite:shop.db");
    /// let mut connection = ConnectionEvent::begin(&database);
    /// connection.opened();
    /// ```
    pub fn opened(&mut self) {
        self.tracker.complete();
    }

    /// Records it as of `database` from now on. A new event begins, of a connection that is open, where another monitor was
    /// pinned than the one that has this event.
    pub fn describe(&mut self, database: &Database) {
        let own = self.scope.parent().map(TrackerContext::monitor);
        if (database.pinned()).is_some_and(|pinned| own != Some(pinned)) {
            *self = Self::begin(database);
            self.opened();
            return;
        }
        self.scope.set_database(database);
        database.record(&mut self.tracker);
    }

    /// It could not be had, or broke.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_sql::{Dialect, Setup, recording::{ConnectionEvent, Database, Failure}};
    /// # let database = Database::new(Setup::new(), Dialect::Sqlite, "sqlite:shop.db");
    /// let mut connection = ConnectionEvent::begin(&database);
    /// connection.fail(&Failure::new(&"pool timed out", "sqlx::Error::PoolTimedOut"));
    /// ```
    pub fn fail(&mut self, failure: &Failure<'_>) {
        failure.record(&mut self.tracker);
        self.tracker.complete();
    }

    /// What statements on it are recorded under.
    ///
    /// # Examples
    ///
    /// See [`ConnectionEvent`].
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Begins a transaction on it.
    ///
    /// # Examples
    ///
    /// See [`TransactionEvent`].
    #[must_use]
    pub fn transaction(&self) -> TransactionEvent {
        TransactionEvent::begin(&self.scope)
    }
}

impl Drop for ConnectionEvent {
    fn drop(&mut self) {
        self.scope.mark(&mut self.tracker);
    }
}
