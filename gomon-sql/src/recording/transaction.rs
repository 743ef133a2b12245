//! Event of a transaction.

use std::sync::Arc;

use gomon_core::adapter::{TrackerExt, keys};
use gomon_core::{EventTracker, Outcome};

use super::isolation::isolation;
use super::scope::Place;
use super::standing::State;
use super::{Failure, Scope};

/// Values of `end`.
const COMMIT: &str = "commit";
const ROLLBACK: &str = "rollback";

/// Errors of a transaction that ended otherwise than the program requested.
const ROLLED_BACK: Option<&str> = Some("COMMIT of a transaction that was rolled back");
const COMMITTED: Option<&str> = Some("rollback of a transaction that was committed before");

/// A transaction or a savepoint, from its begin to its end: `conn-begintx`.
///
/// If it is dropped without an end, it is rolled back, with `end` = `dropped` if it had begun. It is `ok` then if
/// nothing was written and each statement came to its end, else `cancelled`.
///
/// # Examples
///
/// ```
/// use gomon_sql::{Dialect, Setup, recording::{ConnectionEvent, Database, StatementKind, TransactionEnd}};
///
/// let database = Database::new(Setup::new(), Dialect::Sqlite, "sqlite:shop.db");
/// let mut connection = ConnectionEvent::begin(&database);
/// connection.acquired();
///
/// let mut transaction = connection.transaction();
/// // … BEGIN was answered …
/// transaction.begun();
/// transaction.scope().statement(StatementKind::Execute, "DELETE FROM cart").complete();
/// // … COMMIT was answered …
/// transaction.end(TransactionEnd::Commit);
/// ```
#[derive(Debug)]
pub struct TransactionEvent {
    tracker: EventTracker,
    scope: Scope,
    /// The transaction around a savepoint.
    outer: Option<Arc<Place>>,
    begun: bool,
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionEnd {
    /// It was committed, or the savepoint was released.
    Commit,
    /// It was rolled back.
    Rollback,
}

impl TransactionEvent {
    /// Begins a transaction under a connection, or a savepoint under a transaction. `depth` is 1 for a transaction, and
    /// one more for each savepoint in it.
    #[must_use]
    pub fn begin(outer: &Scope) -> Self {
        let mut tracker = outer.open("conn-begintx");
        tracker.set_outcome(Outcome::Cancelled);
        if tracker.is_recording() {
            tracker.set(keys::DEPTH, outer.depth() + 1);
            if let Some(outermost) = outer.transaction() {
                tracker.set(keys::TX, outermost);
            }
        }
        let scope = Scope::of_transaction(outer, &tracker);
        Self {
            tracker,
            scope,
            outer: outer.transaction_place().cloned(),
            begun: false,
        }
    }

    /// Records the isolation that a level or a statement such as `BEGIN ISOLATION LEVEL SERIALIZABLE` requests, if any.
    pub fn set_isolation(&mut self, begin: &str) {
        if let Some(level) = isolation(begin) {
            self.tracker.set(keys::ISOLATION, level);
        }
    }

    /// Records that the database began it.
    pub fn begun(&mut self) {
        self.begun = true;
    }

    /// Records that its begin, commit or rollback failed.
    pub fn fail(&mut self, failure: &Failure<'_>) {
        if let Some(own) = self.scope.transaction_place() {
            own.standing().fail_end(failure, self.outer.is_none());
        }
        failure.record(&mut self.tracker);
        self.tracker.complete();
    }

    /// Returns the scope of its statements.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Ends it with a commit or rollback, which the database answered. What the database did before decides the
    /// recorded end; it is an error if it was not what the program requested.
    pub fn end(mut self, end: TransactionEnd) {
        self.begun = false;
        let (end, error) = match (end, self.state()) {
            (TransactionEnd::Commit, State::Aborted | State::RolledBack) => (ROLLBACK, ROLLED_BACK),
            (TransactionEnd::Commit, _) => (COMMIT, None),
            (TransactionEnd::Rollback, State::Committed) => (COMMIT, COMMITTED),
            (TransactionEnd::Rollback, _) => (ROLLBACK, None),
        };
        self.record(end, error);
        self.tracker.complete();
    }

    /// Returns the state at the server, which ends the outermost transaction only.
    fn state(&self) -> State {
        match self.scope.transaction_place() {
            Some(own) if self.outer.is_none() => own.standing().state(),
            _ => State::Open,
        }
    }

    fn record(&mut self, end: &'static str, error: Option<&str>) {
        self.tracker.set(keys::END, end);
        if let Some(error) = error {
            let kind = Some("gomon_sql::TransactionEnd");
            self.tracker.add_foreign_error(error, kind);
        }
        if let (Some(own), Some(outer)) = (self.scope.transaction_place(), &self.outer) {
            let is_kept = end == COMMIT;
            outer.standing().end_savepoint(own.standing(), is_kept);
        }
    }

    fn record_drop(&mut self) {
        match self.state() {
            State::RolledBack => self.record(ROLLBACK, None),
            State::Committed => {
                self.record(COMMIT, COMMITTED);
                self.tracker.complete();
            }
            State::Open | State::Aborted => {
                self.record("dropped", None);
                let own = self.scope.transaction_place();
                let is_untouched = own.is_some_and(|own| own.standing().is_untouched());
                if is_untouched && !self.tracker.is_unwound() {
                    self.tracker.complete();
                }
            }
        }
    }
}

impl Drop for TransactionEvent {
    fn drop(&mut self) {
        if self.begun {
            self.record_drop();
        }
        self.scope.mark(&mut self.tracker);
    }
}
