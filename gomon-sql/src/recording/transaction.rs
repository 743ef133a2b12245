//! The event of a transaction.

use gomon_core::{EventTracker, Outcome, keys};

use super::{Failure, Scope};

/// A transaction or a savepoint, from its begin to its end: `conn-begintx`.
///
/// One that is dropped is `cancelled`, with `end` = `dropped` where it had begun.
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
    /// It was committed; a savepoint was released.
    Commit,
    /// It was rolled back.
    Rollback,
}

impl TransactionEvent {
    /// Begins one under a connection, or a savepoint under a transaction; `depth` is 1 of a transaction, and one more of each savepoint in it.
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

    /// The isolation that was asked for, such as `serializable`.
    pub fn set_isolation(&mut self, isolation: &str) {
        self.tracker.set(keys::ISOLATION, isolation);
    }

    /// The database said that it began.
    pub fn begun(&mut self) {
        self.begun = true;
    }

    /// Its begin, commit or rollback failed.
    pub fn fail(&mut self, failure: &Failure<'_>) {
        failure.record(&mut self.tracker);
        self.tracker.complete();
    }

    /// What statements in it are recorded under.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Ends it.
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
