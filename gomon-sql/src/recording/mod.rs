//! Recording of the use of a database, for crates that wrap a database library.
//!
//! It takes text and numbers and does not depend on a library. Each event is `cancelled` until the wrapper completes
//! it, and ends when it is dropped. A future or stream that is dropped early therefore needs no code. While the monitor
//! is disabled, each call costs a few nanoseconds and keeps nothing.
//!
//! The wrapper of a pool keeps a [`Database`]. It begins a [`ConnectionEvent`] *before* each checkout, and keeps it
//! until the connection is returned. Statements are recorded under [`ConnectionEvent::scope`], or under
//! [`TransactionEvent::scope`] in a transaction. A [`Scope`] can be cloned into a stream or a future. A
//! [`StatementEvent`] begins on the task or thread of the request, before the library is called. It may end anywhere.
//! Then:
//!
//! * [`row`](StatementEvent::row) for each row, and [`keep_row`](StatementEvent::keep_row) if it returns true;
//! * [`set_affected`](StatementEvent::set_affected), [`set_last_id`](StatementEvent::set_last_id) and, where
//!   [`wants_params`](StatementEvent::wants_params), [`set_params`](StatementEvent::set_params);
//! * [`fail`](StatementEvent::fail) for an error of the library; "no rows" is not an error;
//! * [`complete`](StatementEvent::complete) at the end; dropping it instead means `cancelled`.
//!
//! # Parents and traces
//!
//! | event | parent | trace |
//! |---|---|---|
//! | connection | the current event at the checkout, else the application | the parent's, else its own |
//! | transaction | its connection or outer transaction if that is in the trace of the current event, else the current event | the parent's |
//! | statement | its transaction or connection, likewise | the parent's |
//! | rows | the statement | the statement's |
//!
//! A connection that was checked out inside a request has the trace of the request, so that all events form one tree. A
//! connection that outlives requests has its own trace. It is the parent of what happens while no event is current. The
//! statements of a request are children of the request, and `connection` names the connection. A connection that was
//! not recorded is never named: it was opened while the monitor was disabled, under another monitor, or not sampled.
//!
//! # Ends of transactions
//!
//! A `COMMIT` that was answered may have been a rollback, and a `ROLLBACK` may have come after a commit. The answers to
//! the statements of a transaction show it, so the wrapper describes each error by a [`Failure`] with its code, or as
//! [from the server](Failure::from_server). Such a transaction is `error`, and `end` says what became of it.
//!
//! # What wrappers do not do
//!
//! This module normalises statements, redacts error messages and connection strings, feeds the
//! [profile](crate::SqlProfile), and marks statements that repeat under one event.

mod cell;
mod connection;
mod database;
mod failure;
mod isolation;
mod kept;
mod kind;
mod message;
mod report;
mod scope;
mod standing;
mod statement;
mod transaction;

pub use cell::Cell;
pub use connection::ConnectionEvent;
pub use database::Database;
pub use failure::Failure;
pub use kind::StatementKind;
pub use report::Report;
pub use scope::Scope;
pub use statement::StatementEvent;
pub use transaction::{TransactionEnd, TransactionEvent};
