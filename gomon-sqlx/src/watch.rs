//! What is recorded of a connection.

use sqlx_core::error::Error;

use super::failure::with_failure;
use gomon_sql::Setup;
use gomon_sql::recording::{ConnectionEvent, Database, Scope, TransactionEvent};

/// The event of a connection, and what its statements are recorded under.
pub(super) struct Watch {
    database: Database,
    event: ConnectionEvent,
    /// That of the innermost transaction.
    transaction: Option<Scope>,
}

impl Watch {
    /// A connection is asked for, of the database or of a pool.
    pub(super) fn begin(database: &Database) -> Self {
        Self {
            database: database.clone(),
            event: ConnectionEvent::begin(database),
            transaction: None,
        }
    }

    /// A pool gave it.
    pub(super) fn acquired(&mut self) {
        self.event.acquired();
    }

    /// The database gave it.
    pub(super) fn opened(&mut self) {
        self.event.opened();
    }

    pub(super) fn fail(&mut self, error: &Error) {
        with_failure(error, |failure| self.event.fail(failure));
    }

    /// Is recorded by this from now on.
    pub(super) fn set_up(&mut self, setup: Setup) {
        let database = &self.database;
        self.database = Database::new(setup, database.dialect(), database.dsn());
        self.event.describe(&self.database);
    }

    /// What a statement that is sent now is recorded under.
    pub(super) fn scope(&self) -> &Scope {
        self.transaction.as_ref().unwrap_or(self.event.scope())
    }

    /// Puts a transaction in force; gives what was in force before.
    pub(super) fn enter(&mut self, transaction: &TransactionEvent) -> Option<Scope> {
        self.transaction.replace(transaction.scope().clone())
    }

    /// Puts in force what was before a transaction.
    pub(super) fn leave(&mut self, outer: Option<Scope>) {
        self.transaction = outer;
    }
}
