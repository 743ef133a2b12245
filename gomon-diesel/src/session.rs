//! Recording of one connection and its open transactions.

use diesel::result::Error;

use super::text;
use gomon_sql::Dialect;
use gomon_sql::recording::{ConnectionEvent, Scope, TransactionEnd, TransactionEvent};

/// The event of a connection, and its open transactions.
///
/// Diesel counts transactions and savepoints. One that it no longer counts is over, even if its end was not reported: a
/// statement of the user, or the server, may have ended it.
pub(super) struct Session {
    // Dropped before the connection, so that events end from the inside out.
    transactions: Transactions,
    connection: ConnectionEvent,
    dialect: Dialect,
}

/// The innermost last.
struct Transactions(Vec<Transaction>);

struct Transaction {
    /// Number of open transactions, this one included.
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

    /// Returns the current scope of statements.
    pub(super) fn scope(&self) -> &Scope {
        match self.transactions.0.last() {
            Some(innermost) => innermost.event.scope(),
            None => self.connection.scope(),
        }
    }

    /// Begins the transaction of `depth`.
    pub(super) fn begin(&mut self, depth: u32) {
        self.settle(depth.saturating_sub(1));
        let event = TransactionEvent::begin(self.scope());
        self.transactions.0.push(Transaction { depth, event });
    }

    /// Records the requested isolation.
    pub(super) fn isolation(&mut self, isolation: &str) {
        if let Some(innermost) = self.transactions.0.last_mut() {
            innermost.event.set_isolation(isolation);
        }
    }

    /// Records the result of [`begin`](Self::begin).
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

    /// Records the end of the innermost transaction, after which `depth` are open; `None` if the connection is broken.
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
            // Diesel rolls back if a commit fails.
            innermost.event.end(match ended {
                Ok(()) => how,
                Err(_) => TransactionEnd::Rollback,
            });
        }
        self.settle(depth.unwrap_or(0));
    }

    /// Drops the transactions that are no longer open.
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
