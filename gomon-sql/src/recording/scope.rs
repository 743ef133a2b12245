//! Scope of statements.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gomon_core::adapter::keys;
use gomon_core::{EventTracker, Id, Monitor, TrackerContext, current};

use super::standing::Standing;
use super::{Database, StatementEvent, StatementKind};
use crate::Statement;
use crate::profile::nanos;
use crate::repeats::{self, Repeats};
use crate::statement::Known;

/// The scope of statements: a connection, or a transaction on one. Clones are cheap, so that a stream of rows need not
/// borrow its connection.
///
/// # Examples
///
/// ```
/// use gomon_sql::{Dialect, Setup, recording::{Database, Scope, StatementKind}};
///
/// // For a library that does not expose its connections:
/// let scope = Scope::without_connection(&Database::new(Setup::new(), Dialect::Sqlite, ""));
/// scope.statement(StatementKind::Query, "SELECT 1").complete();
/// ```
#[derive(Clone, Debug)]
pub struct Scope {
    database: Database,
    /// `None` if the connection is not known.
    place: Option<Arc<Place>>,
}

/// A position in a connection.
#[derive(Debug)]
pub(super) struct Place {
    parent: TrackerContext,
    /// The connection, if it is recorded.
    connection: Option<Id>,
    /// Whether other requests may use the connection.
    is_shared: bool,
    /// The outermost transaction.
    transaction: Option<Id>,
    depth: u32,
    standing: Standing,
    /// Wait for the pool in ns, until the first statement takes it.
    wait: AtomicU64,
    /// The statement that ran most often under the parent while no event was current.
    repeated: Mutex<Option<(Arc<Statement>, u64)>>,
}

impl Scope {
    /// Returns a scope for statements on an unknown connection.
    #[must_use]
    pub fn without_connection(database: &Database) -> Self {
        Self {
            database: database.clone(),
            place: None,
        }
    }

    pub(super) fn of_connection(
        database: &Database,
        tracker: &EventTracker,
        is_shared: bool,
    ) -> Self {
        let place = tracker.context().map(|parent| Place {
            connection: parent.is_recording().then(|| parent.id()),
            parent,
            is_shared,
            transaction: None,
            depth: 0,
            standing: Standing::new(database.dialect()),
            wait: AtomicU64::new(0),
            repeated: Mutex::default(),
        });
        Self {
            database: database.clone(),
            place: place.map(Arc::new),
        }
    }

    pub(super) fn of_transaction(outer: &Self, tracker: &EventTracker) -> Self {
        let Some(parent) = tracker.context() else {
            return outer.clone();
        };
        let standing = match outer.transaction_place() {
            Some(transaction) => transaction.standing.savepoint(),
            None => Standing::new(outer.database.dialect()),
        };
        let place = Place {
            transaction: outer.transaction().or(Some(parent.id())),
            connection: outer.place().and_then(|place| place.connection),
            // It belongs to the request that began it.
            is_shared: false,
            parent,
            depth: outer.depth() + 1,
            standing,
            wait: AtomicU64::new(outer.take_wait()),
            repeated: Mutex::default(),
        };
        Self {
            database: outer.database.clone(),
            place: Some(Arc::new(place)),
        }
    }

    /// Returns the database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Attributes all later events to this database.
    pub(super) fn set_database(&mut self, database: &Database) {
        self.database = database.clone();
    }

    /// Begins a statement that is sent now. Its text is recorded without literals and comments.
    #[inline]
    pub fn statement(&self, kind: StatementKind, sql: &str) -> StatementEvent {
        StatementEvent::begin(self, kind, |dialect| Statement::known(dialect, sql))
    }

    /// Begins a statement that was parsed before, for libraries that know what they send without building its text.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_sql::{Dialect, Setup, Statement, recording::{Database, Scope, StatementKind}};
    ///
    /// let scope = Scope::without_connection(&Database::new(Setup::new(), Dialect::Sqlite, ""));
    /// let known = Statement::cached(Dialect::Sqlite, "SELECT 1");
    /// scope.known_statement(StatementKind::Query, known).complete();
    /// ```
    #[inline]
    pub fn known_statement(
        &self,
        kind: StatementKind,
        statement: impl Into<Known>,
    ) -> StatementEvent {
        StatementEvent::begin(self, kind, |_| statement.into())
    }

    /// Begins a statement of a library that reports neither its kind nor its rows: no `sql-wrows` is recorded.
    pub fn statement_without_rows(&self, sql: &str) -> StatementEvent {
        let statement = Statement::known(self.database.dialect(), sql);
        let kind = StatementKind::of_operation(statement.operation());
        let mut event = self.known_statement(kind, statement);
        event.hide_rows();
        event
    }

    /// Records a notification that a server process sent on a channel: `sql-notification`, a child of the connection that
    /// listens. The payload itself is not recorded.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_sql::{Dialect, Setup, recording::{Database, Scope}};
    ///
    /// let scope = Scope::without_connection(&Database::new(Setup::new(), Dialect::PostgreSql, ""));
    /// let (payload, process) = ("order 17", 4711);
    /// scope.notification("orders", payload.len(), process);
    /// ```
    pub fn notification(&self, channel: &str, payload_size: usize, process: u32) {
        let mut tracker = self.open("sql-notification");
        tracker.set(keys::CHANNEL, channel);
        tracker.set(keys::PAYLOAD_SIZE, payload_size);
        tracker.set(keys::PROCESS, process);
    }

    /// Returns whether other requests may use the connection.
    pub(super) fn is_shared(&self) -> bool {
        self.place().is_some_and(|place| place.is_shared)
    }

    /// Returns the number of enclosing transactions.
    #[must_use]
    pub(super) fn depth(&self) -> u32 {
        self.place.as_ref().map_or(0, |place| place.depth)
    }

    /// Returns the outermost transaction.
    pub(super) fn transaction(&self) -> Option<Id> {
        self.place.as_ref()?.transaction
    }

    /// Returns the innermost transaction, while it is recorded.
    pub(super) fn transaction_place(&self) -> Option<&Arc<Place>> {
        self.place.as_ref().filter(|place| place.depth > 0)
    }

    pub(super) fn note_wait(&self, wait: Duration) {
        if let Some(place) = &self.place {
            place.wait.store(nanos(wait), Relaxed);
        }
    }

    /// Takes the wait for the pool, in ns.
    pub(super) fn take_wait(&self) -> u64 {
        let Some(place) = &self.place else { return 0 };
        // A load is cheaper than an exchange, and there mostly is nothing to take.
        match place.wait.load(Relaxed) {
            0 => 0,
            _ => place.wait.swap(0, Relaxed),
        }
    }

    /// Counts a run of a statement, and marks the event under which it repeats: the current `request`, else the
    /// connection or transaction.
    pub(super) fn count(
        &self,
        repeats: &Repeats,
        request: Option<Id>,
        statement: &Arc<Statement>,
        threshold: u64,
    ) {
        let place = self.place.as_ref();
        let Some(event) = request.or_else(|| place.map(|place| place.parent.id())) else {
            return;
        };
        let count = repeats.count(event, statement);
        if count >= threshold {
            self.repeated(request.is_some(), statement, count);
        }
    }

    #[cold]
    fn repeated(&self, has_request: bool, statement: &Arc<Statement>, count: u64) {
        let marked =
            has_request && current(|tracker| repeats::mark(tracker, statement, count)).is_some();
        if marked {
            return;
        }
        if let Some(mut repeated) =
            (self.place.as_ref()).and_then(|place| place.repeated.try_lock().ok())
            && repeated.as_ref().is_none_or(|(_, other)| *other < count)
        {
            *repeated = Some((Arc::clone(statement), count));
        }
    }

    /// Marks the connection or transaction, which ends now.
    pub(super) fn mark(&self, tracker: &mut EventTracker) {
        if let Some(mut repeated) = self
            .place
            .as_ref()
            .and_then(|place| place.repeated.try_lock().ok())
            && let Some((statement, count)) = repeated.take()
        {
            repeats::mark(tracker, &statement, count);
        }
    }

    /// Opens an event below, in the trace of the current request.
    pub(super) fn open(&self, fingerprint: &'static str) -> EventTracker {
        open(&self.database, self.place(), fingerprint)
    }

    /// Returns the monitor of events that are opened here now; see
    /// [`Setup::monitor_under`](crate::Setup::monitor_under).
    #[inline]
    pub fn monitor(&self) -> Monitor {
        self.database.monitor_under(self.parent())
    }

    /// Returns the connection or transaction.
    pub(super) fn parent(&self) -> Option<&TrackerContext> {
        self.place().map(|place| &place.parent)
    }

    pub(super) fn place(&self) -> Option<&Place> {
        self.place.as_deref()
    }
}

impl Place {
    pub(super) fn standing(&self) -> &Standing {
        &self.standing
    }
}

/// Opens an event below `place`, in the trace of the current request.
pub(super) fn open(
    database: &Database,
    place: Option<&Place>,
    fingerprint: &'static str,
) -> EventTracker {
    let monitor = database.monitor_under(place.map(|place| &place.parent));
    if !monitor.is_enabled() {
        return EventTracker::noop();
    }
    open_under(
        monitor,
        TrackerContext::current().as_ref(),
        place,
        fingerprint,
    )
}

/// Does what [`open`] does, with a known `request`.
pub(super) fn open_under(
    monitor: Monitor,
    request: Option<&TrackerContext>,
    place: Option<&Place>,
    fingerprint: &'static str,
) -> EventTracker {
    let request = request.filter(|request| request.monitor() == monitor);
    let place = place.filter(|place| place.parent.monitor() == monitor);
    match (request, place) {
        (None, None) => monitor.root(fingerprint),
        (Some(request), None) => request.child(fingerprint),
        (None, Some(place)) => place.parent.child(fingerprint),
        (Some(request), Some(place))
            if request.trace() == place.parent.trace() && !place.is_shared =>
        {
            place.parent.child(fingerprint)
        }
        (Some(request), Some(place)) => {
            let mut tracker = request.child(fingerprint);
            if let Some(connection) = place.connection {
                tracker.set(keys::CONNECTION, connection);
            }
            tracker
        }
    }
}
