//! Event of a connection.

use std::time::Duration;

use gomon_core::TrackerContext;
use gomon_core::adapter::{CountedTracker, LongLived, keys};
use gomon_core::{EventTracker, Outcome};

use super::{Database, Failure, Scope, TransactionEvent, scope};

const FINGERPRINT: &str = "sql-wconn";

/// A connection, from its opening or checkout until it is closed or returned: `sql-wconn`.
///
/// It is `cancelled` until it is [acquired](Self::acquired) or [opened](Self::opened), and ends when it is dropped. Its
/// parent is the current event; without one it is a root.
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
    /// `Some` once it is open or checked out.
    open: Option<CountedTracker>,
}

impl ConnectionEvent {
    /// Begins the event, before the connection is requested.
    #[must_use]
    pub fn begin(database: &Database) -> Self {
        Self::begin_as(database, false)
    }

    /// Begins the event of a connection that a pool may lend to other requests. It is not the parent of what happens in
    /// a request, because it may end long after it.
    #[must_use]
    pub fn begin_shared(database: &Database) -> Self {
        Self::begin_as(database, true)
    }

    fn begin_as(database: &Database, is_shared: bool) -> Self {
        let mut tracker = scope::open(database, None, FINGERPRINT);
        tracker.set_outcome(Outcome::Cancelled);
        database.record(&mut tracker);
        let scope = Scope::of_connection(database, &tracker, is_shared);
        Self {
            tracker,
            scope,
            open: None,
        }
    }

    /// Records that the pool returned the connection; the time until now is its `wait`.
    pub fn acquired(&mut self) {
        let wait = self.tracker.elapsed();
        self.tracker.set(keys::WAIT, wait);
        self.scope.note_wait(wait.max(Duration::from_nanos(1)));
        self.succeeded();
    }

    /// Records that the connection was opened without a pool.
    pub fn opened(&mut self) {
        self.succeeded();
    }

    /// Counts it as open until it ends.
    fn succeeded(&mut self) {
        self.tracker.complete();
        if self.tracker.is_recording() {
            let counts = self.scope.monitor().extension::<LongLived>();
            self.open = counts.map(|counts| counts.count(FINGERPRINT));
        }
    }

    /// Attributes the connection to another `database` from now on. If that pins another monitor, a new event begins
    /// for the open connection.
    pub fn describe(&mut self, database: &Database) {
        let own = self.scope.parent().map(TrackerContext::monitor);
        if (database.pinned()).is_some_and(|pinned| own != Some(pinned)) {
            let is_shared = self.scope.is_shared();
            *self = Self::begin_as(database, is_shared);
            self.opened();
            return;
        }
        self.scope.set_database(database);
        database.record(&mut self.tracker);
    }

    /// Records that the connection could not be opened or acquired, or that it broke.
    pub fn fail(&mut self, failure: &Failure<'_>) {
        failure.record(&mut self.tracker);
        self.tracker.complete();
    }

    /// Returns the scope of its statements.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Begins a transaction on it.
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
