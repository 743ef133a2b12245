//! What statements are recorded under.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gomon_core::{EventTracker, Id, Monitor, TrackerContext, current};

use super::{Database, StatementEvent, StatementKind, repeats};
use crate::Statement;
use crate::statement::Known;

/// What statements are recorded under: a connection, or a transaction on one. It is asked of those, and clones are
/// cheap, so that a stream of rows need not borrow its connection.
///
/// # Examples
///
/// ```
/// use gomon_sql::{Dialect, Setup, recording::{Database, Scope, StatementKind}};
///
/// // Of a library that does not show its connections:
/// let scope = Scope::without_connection(&Database::new(Setup::new(), Dialect::Sqlite, ""));
/// scope.statement(StatementKind::Query, "SELECT 1").complete();
/// ```
#[derive(Clone, Debug)]
pub struct Scope {
    database: Database,
    /// `None` where no connection is tracked.
    place: Option<Arc<Place>>,
}

/// Where in a connection.
#[derive(Debug)]
struct Place {
    parent: TrackerContext,
    /// The outermost transaction.
    transaction: Option<Id>,
    depth: u32,
    /// What the pool took, until the first statement has told of it; in ns.
    wait: AtomicU64,
    /// The statement that ran most often under the parent, while nothing was current.
    repeated: Mutex<Option<(Arc<Statement>, u64)>>,
}

impl Scope {
    /// For statements of which the connection is not known.
    ///
    /// # Examples
    ///
    /// See [`Scope`].
    #[must_use]
    pub fn without_connection(database: &Database) -> Self {
        Self {
            database: database.clone(),
            place: None,
        }
    }

    pub(super) fn of_connection(database: &Database, tracker: &EventTracker) -> Self {
        let place = tracker.context().map(|parent| Place {
            parent,
            transaction: None,
            depth: 0,
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
        let place = Place {
            transaction: outer.transaction().or(Some(parent.id())),
            parent,
            depth: outer.depth() + 1,
            wait: AtomicU64::new(outer.take_wait()),
            repeated: Mutex::default(),
        };
        Self {
            database: outer.database.clone(),
            place: Some(Arc::new(place)),
        }
    }

    /// The database.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_sql::{Dialect, Setup, recording::{Database, Scope}};
    ///
    /// let scope = Scope::without_connection(&Database::new(Setup::new(), Dialect::Sqlite, ""));
    /// assert_eq!(scope.database().dialect(), Dialect::Sqlite);
    /// ```
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// What is begun from now on is recorded as of this database.
    pub(super) fn set_database(&mut self, database: &Database) {
        self.database = database.clone();
    }

    /// Begins a statement, which is sent now. Its text is recorded without literals and comments.
    ///
    /// # Examples
    ///
    /// See [`StatementEvent`].
    #[inline]
    pub fn statement(&self, kind: StatementKind, sql: &str) -> StatementEvent {
        StatementEvent::begin(self, kind, |dialect| Statement::known(dialect, sql))
    }

    /// Begins a statement that was read before: for libraries that know what they send without building its text.
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
        statement: Arc<Statement>,
    ) -> StatementEvent {
        self.known(kind, Known::Shared(statement))
    }

    #[inline]
    pub fn known(&self, kind: StatementKind, statement: Known) -> StatementEvent {
        StatementEvent::begin(self, kind, |_| statement)
    }

    /// How many transactions are around.
    #[must_use]
    pub(super) fn depth(&self) -> u32 {
        self.place.as_ref().map_or(0, |place| place.depth)
    }

    /// The outermost transaction.
    pub(super) fn transaction(&self) -> Option<Id> {
        self.place.as_ref()?.transaction
    }

    pub(super) fn note_wait(&self, wait: Duration) {
        if let Some(place) = &self.place {
            place.wait.store(nanos(wait), Relaxed);
        }
    }

    /// What the pool took, in ns, once.
    pub(super) fn take_wait(&self) -> u64 {
        let Some(place) = &self.place else { return 0 };
        // Most often there is none; a look is cheaper than an exchange.
        match place.wait.load(Relaxed) {
            0 => 0,
            _ => place.wait.swap(0, Relaxed),
        }
    }

    /// Counts a run of a statement that is to begin, and marks the event that it repeats under: `request`, which is
    /// current, else the connection or the transaction.
    pub(super) fn count(&self, request: Option<Id>, statement: &Arc<Statement>, most: u64) {
        let place = self.place.as_ref();
        let Some(event) = request.or_else(|| place.map(|place| place.parent.id())) else {
            return;
        };
        let count = repeats::count(event, statement);
        if count >= most {
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

    /// Marks the connection or transaction, which ends.
    pub(super) fn mark(&self, tracker: &mut EventTracker) {
        if let Some(mut repeated) = self
            .place
            .as_ref()
            .and_then(|it| it.repeated.try_lock().ok())
            && let Some((statement, count)) = repeated.take()
        {
            repeats::mark(tracker, &statement, count);
        }
    }

    /// An event below, in the trace of the request that is current now.
    pub(super) fn open(&self, fingerprint: &'static str) -> EventTracker {
        open(&self.database, self.parent(), fingerprint)
    }

    /// Returns the monitor of what is opened here now; see [`Setup::monitor_under`](crate::Setup::monitor_under).
    #[inline]
    pub fn monitor(&self) -> Monitor {
        self.database.monitor_under(self.parent())
    }

    /// The connection or transaction.
    pub(super) fn parent(&self) -> Option<&TrackerContext> {
        self.place.as_ref().map(|place| &place.parent)
    }
}

/// An event below `place`, in the trace of the request that is current now.
pub(super) fn open(
    database: &Database,
    place: Option<&TrackerContext>,
    fingerprint: &'static str,
) -> EventTracker {
    let monitor = database.monitor_under(place);
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

/// As [`open`], where `request` is current.
pub(super) fn open_under(
    monitor: Monitor,
    request: Option<&TrackerContext>,
    place: Option<&TrackerContext>,
    fingerprint: &'static str,
) -> EventTracker {
    let is_ours = |context: &&TrackerContext| context.monitor() == monitor;
    match (request.filter(is_ours), place.filter(is_ours)) {
        (None, None) => monitor.root(fingerprint),
        (Some(request), None) => request.child(fingerprint),
        (None, Some(place)) => place.child(fingerprint),
        (Some(request), Some(place)) if request.trace() == place.trace() => {
            place.child(fingerprint)
        }
        // The connection is in no listener's hands, so that it cannot be anybody's parent.
        (Some(request), Some(place)) if !place.is_recording() => request.child(fingerprint),
        (Some(request), Some(place)) => {
            let mut tracker = request.child_under(place.id(), fingerprint);
            tracker.add_link(request.trace(), request.id());
            tracker
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
