//! Event of a transaction.

use gomon_core::adapter::keys;
use gomon_core::{EventTracker, Outcome};

use super::isolation::isolation;
use super::{Failure, Scope};

/// A transaction or a savepoint, from its begin to its end: `conn-begintx`.
///
/// If it is dropped without an end, it is `cancelled`, with `end` = `dropped` if it had begun.
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
        failure.record(&mut self.tracker);
        self.tracker.complete();
    }

    /// Returns the scope of its statements.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Ends it with a commit or rollback.
    pub fn end(mut self, end: TransactionEnd) {
        self.begun = false;
        self.tracker.set(
            keys::END,
            match end {
                TransactionEnd::Commit => "commit",
                TransactionEnd::Rollback => "rollback",
            },
        );
        self.tracker.complete();
    }
}

impl Drop for TransactionEvent {
    fn drop(&mut self) {
        if self.begun {
            self.tracker.set(keys::END, "dropped");
        }
        self.scope.mark(&mut self.tracker);
    }
}
