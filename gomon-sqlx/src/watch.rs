//! Recording of a connection.

use sqlx_core::error::Error;

use super::failure::with_failure;
use gomon_sql::recording::{ConnectionEvent, Database, Scope, TransactionEvent};

/// The event of a connection, and the scope of its statements.
pub(super) struct Watch {
    event: ConnectionEvent,
    /// The scope of the innermost transaction.
    transaction: Option<Scope>,
}

impl Watch {
    /// Begins the event of a connection that is requested now.
    pub(super) fn begin(database: &Database) -> Self {
        Self {
            event: ConnectionEvent::begin(database),
            transaction: None,
        }
    }

    /// Records that a pool returned it.
    pub(super) fn acquired(&mut self) {
        self.event.acquired();
    }

    /// Records that it was opened.
    pub(super) fn opened(&mut self) {
        self.event.opened();
    }

    pub(super) fn fail(&mut self, error: &Error) {
        with_failure(error, |failure| self.event.fail(failure));
    }

    /// Changes the database that later events refer to.
    pub(super) fn describe(&mut self, change: impl FnOnce(Database) -> Database) {
        let database = change(self.event.scope().database().clone());
        self.event.describe(&database);
    }

    /// Returns the scope of a statement that is sent now.
    pub(super) fn scope(&self) -> &Scope {
        self.transaction.as_ref().unwrap_or(self.event.scope())
    }

    /// Enters a transaction, and returns the scope before it.
    pub(super) fn enter(&mut self, transaction: &TransactionEvent) -> Option<Scope> {
        self.transaction.replace(transaction.scope().clone())
    }

    /// Leaves a transaction and restores the scope before it.
    pub(super) fn leave(&mut self, outer: Option<Scope>) {
        self.transaction = outer;
    }
}
