//! What became of a transaction at its server.
//!
//! Libraries do not report that a server ended a transaction. It follows from the statements and their answers:
//!
//! * A `COMMIT` or `ROLLBACK` that the program sends as a statement ends it before its library does.
//! * PostgreSQL refuses all statements after an error, until the transaction or a savepoint in it is rolled back, and
//!   makes its `COMMIT` a rollback. The answer to the last statement decides.
//! * MySQL rolls the transaction back at a deadlock, and commits it before a statement such as `CREATE TABLE`. Later
//!   statements are outside of it.
//! * SQLite rolls back at some errors, but then its `COMMIT` fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use super::Failure;
use crate::profile::Ending;
use crate::statement::Effect;
use crate::{Dialect, Statement};

/// A statement of this transaction may have written, or did not come to its end.
const WROTE: u8 = 1;
const DISTURBED: u8 = 2;

/// What is known of an open transaction or savepoint.
#[derive(Debug)]
pub(super) struct Standing {
    dialect: Dialect,
    /// The state of the outermost transaction. No other memory depends on it.
    server: Arc<AtomicU8>,
    own: AtomicU8,
}

/// The state of a transaction at its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    Open = 0,
    /// PostgreSQL: it can only be rolled back.
    Aborted = 1,
    RolledBack = 2,
    Committed = 3,
}

/// What a server undoes at an error, beside the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undone {
    Nothing,
    /// Everything since the last savepoint.
    Savepoint,
    Transaction,
}

impl Standing {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            server: Arc::default(),
            own: AtomicU8::new(0),
        }
    }

    /// Returns the standing of a savepoint in this transaction.
    pub(super) fn savepoint(&self) -> Self {
        Self {
            dialect: self.dialect,
            server: Arc::clone(&self.server),
            own: AtomicU8::new(0),
        }
    }

    pub(super) fn state(&self) -> State {
        match self.server.load(Relaxed) {
            0 => State::Open,
            1 => State::Aborted,
            2 => State::RolledBack,
            _ => State::Committed,
        }
    }

    /// Changes the state, unless the transaction is over.
    fn set(&self, state: State) {
        if matches!(self.state(), State::Open | State::Aborted) {
            self.server.store(state as u8, Relaxed);
        }
    }

    /// Records that the server answered, which it does not do in an aborted transaction.
    pub(super) fn answered(&self) {
        if self.state() == State::Aborted {
            self.set(State::Open);
        }
    }

    /// Records the end of a statement; its error was [recorded](Self::fail) before.
    pub(super) fn end_statement(&self, statement: &Statement, ending: Ending) {
        let mut flags = 0;
        if ending == Ending::Ok {
            for effect in statement.effects() {
                self.apply(*effect);
            }
            self.answered();
        } else {
            flags |= DISTURBED;
        }
        if statement.writes() && ending != Ending::Error {
            flags |= WROTE;
        }
        self.own.fetch_or(flags, Relaxed);
    }

    fn apply(&self, effect: Effect) {
        match (effect, self.state()) {
            // The transaction of the program itself.
            (Effect::Begin, State::RolledBack) => self.server.store(State::Open as u8, Relaxed),
            (Effect::Begin, _) if self.dialect != Dialect::MySql => {}
            (Effect::Rollback, _) | (Effect::Commit, State::Aborted) => {
                self.set(State::RolledBack);
            }
            (Effect::ImplicitCommit | Effect::Begin | Effect::Commit, _) => {
                self.set(State::Committed);
            }
        }
    }

    /// Records an error of a statement.
    pub(super) fn fail(&self, statement: &Statement, failure: &Failure<'_>) {
        // The commit precedes the execution, but not the parsing.
        let commits = statement.effects().contains(&Effect::ImplicitCommit);
        if commits && failure.is_of_execution() {
            self.set(State::Committed);
        }
        match failure.undone(self.dialect) {
            Undone::Nothing => {}
            Undone::Savepoint => self.set(State::Aborted),
            Undone::Transaction => self.set(State::RolledBack),
        }
    }

    /// Records an error of the begin or end of the transaction or savepoint.
    pub(super) fn fail_end(&self, failure: &Failure<'_>, is_outermost: bool) {
        self.own.fetch_or(DISTURBED, Relaxed);
        match failure.undone(self.dialect) {
            _ if is_outermost && failure.is_without_transaction(self.dialect) => {
                self.set(State::RolledBack);
            }
            Undone::Nothing => {}
            Undone::Savepoint if !is_outermost => self.set(State::Aborted),
            Undone::Savepoint | Undone::Transaction => self.set(State::RolledBack),
        }
    }

    /// Returns whether a rollback loses nothing: nothing was written, and each statement came to its end.
    pub(super) fn is_untouched(&self) -> bool {
        self.own.load(Relaxed) == 0
    }

    /// Records that a savepoint in this transaction ended.
    pub(super) fn end_savepoint(&self, savepoint: &Self, is_kept: bool) {
        let flags = savepoint.own.load(Relaxed);
        let lasting = if is_kept {
            WROTE | DISTURBED
        } else {
            DISTURBED
        };
        self.own.fetch_or(flags & lasting, Relaxed);
        self.answered();
    }
}
