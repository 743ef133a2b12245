//! What is recorded of one connection: its event, and the transactions that are open on it.

use diesel::result::Error;

use super::text;
use gomon_sql::Dialect;
use gomon_sql::recording::{ConnectionEvent, Scope, TransactionEnd, TransactionEvent};

/// A connection's event and its open transactions.
///
/// Diesel counts transactions and their savepoints; what it counts no more is over, also where nobody said how: a
/// statement of the user's own, or the server, may end a transaction.
pub(super) struct Session {
    // Before the connection, so that all ends from the inside out.
    transactions: Transactions,
    connection: ConnectionEvent,
    dialect: Dialect,
}

/// The innermost last.
struct Transactions(Vec<Transaction>);

struct Transaction {
    /// How many are open with it.
    depth: u32,
    event: TransactionEvent,
}

impl Session {
    pub(super) const fn new(connection: ConnectionEvent, dialect: Dialect) -> Self {
        Self {
            transactions: Transactions(Vec::new()),
            connection,
            dialect,
        }
    }

    pub(super) const fn connection(&mut self) -> &mut ConnectionEvent {
        &mut self.connection
    }

    /// What statements are recorded under now.
    pub(super) fn scope(&self) -> &Scope {
        match self.transactions.0.last() {
            Some(innermost) => innermost.event.scope(),
            None => self.connection.scope(),
        }
    }

    /// The transaction of `depth` is asked for.
    pub(super) fn begin(&mut self, depth: u32) {
        self.settle(depth.saturating_sub(1));
        let event = TransactionEvent::begin(self.scope());
        self.transactions.0.push(Transaction { depth, event });
    }

    /// The isolation that is asked for with it.
    pub(super) fn isolation(&mut self, isolation: &str) {
        if let Some(innermost) = self.transactions.0.last_mut() {
            innermost.event.set_isolation(isolation);
        }
    }

    /// The answer to [`begin`](Self::begin).
    pub(super) fn begun(&mut self, begun: Result<(), &Error>) {
        match begun {
            Ok(()) => {
                if let Some(innermost) = self.transactions.0.last_mut() {
                    innermost.event.begun();
                }
            }
            Err(error) => {
                if let Some(mut never) = self.transactions.0.pop() {
                    never.event.fail(&text::failure(error, self.dialect));
                }
            }
        }
    }

    /// The innermost transaction was to end, after which `depth` are open; `None` where the connection is broken.
    pub(super) fn end(
        &mut self,
        how: TransactionEnd,
        ended: Result<(), &Error>,
        depth: Option<u32>,
    ) {
        if let (Err(error), Some(innermost)) = (ended, self.transactions.0.last_mut()) {
            innermost.event.fail(&text::failure(error, self.dialect));
        }
        let is_over =
            |innermost: &mut Transaction| depth.is_some_and(|depth| innermost.depth > depth);
        if let Some(innermost) = self.transactions.0.pop_if(is_over) {
            // Diesel rolls back what it could not commit.
            innermost.event.end(match ended {
                Ok(()) => how,
                Err(_) => TransactionEnd::Rollback,
            });
        }
        self.settle(depth.unwrap_or(0));
    }

    /// Drops the transactions that are open no more.
    fn settle(&mut self, depth: u32) {
        while (self.transactions.0)
            .pop_if(|it| it.depth > depth)
            .is_some()
        {}
    }
}

impl Drop for Transactions {
    fn drop(&mut self) {
        while self.0.pop().is_some() {}
    }
}
