//! Recording of one connection and its open transactions.

use std::collections::VecDeque;

use diesel::result::Error;

use super::text;
use gomon_sql::Dialect;
use gomon_sql::recording::{ConnectionEvent, Scope, TransactionEnd, TransactionEvent};

/// The event of a connection, and its open transactions.
///
/// Diesel counts transactions and savepoints. One that it no longer counts is over, even if its end was not reported: a
/// statement of the user, or the server, may have ended it.
pub(super) struct Session {
    /// The innermost first. Dropped in this order, and before the connection, so that events end from the inside out.
    transactions: VecDeque<Transaction>,
    connection: ConnectionEvent,
    dialect: Dialect,
}

struct Transaction {
    /// Number of open transactions, this one included.
    depth: u32,
    event: TransactionEvent,
}

impl Session {
    pub(super) const fn new(connection: ConnectionEvent, dialect: Dialect) -> Self {
        Self {
            transactions: VecDeque::new(),
            connection,
            dialect,
        }
    }

    pub(super) const fn connection(&mut self) -> &mut ConnectionEvent {
        &mut self.connection
    }

    /// Returns the current scope of statements.
    pub(super) fn scope(&self) -> &Scope {
        match self.transactions.front() {
            Some(innermost) => innermost.event.scope(),
            None => self.connection.scope(),
        }
    }

    /// Begins the transaction of `depth`.
    pub(super) fn begin(&mut self, depth: u32) {
        self.settle(depth.saturating_sub(1));
        let event = TransactionEvent::begin(self.scope());
        self.transactions.push_front(Transaction { depth, event });
    }

    /// Records the isolation that the statement `begin` requests.
    pub(super) fn isolation(&mut self, begin: &str) {
        if let Some(innermost) = self.transactions.front_mut() {
            innermost.event.set_isolation(begin);
        }
    }

    /// Records the result of [`begin`](Self::begin).
    pub(super) fn begun(&mut self, begun: Result<(), &Error>) {
        match begun {
            Ok(()) => {
                if let Some(innermost) = self.transactions.front_mut() {
                    innermost.event.begun();
                }
            }
            Err(error) => {
                if let Some(mut never) = self.transactions.pop_front() {
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
        if let (Err(error), Some(innermost)) = (ended, self.transactions.front_mut()) {
            innermost.event.fail(&text::failure(error, self.dialect));
        }
        if let Some(innermost) = depth.and_then(|depth| self.pop_beyond(depth)) {
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
        while self.pop_beyond(depth).is_some() {}
    }

    /// Removes the innermost transaction if it is deeper than `depth`.
    fn pop_beyond(&mut self, depth: u32) -> Option<Transaction> {
        let is_beyond = self.transactions.front()?.depth > depth;
        is_beyond.then(|| self.transactions.pop_front())?
    }
}
