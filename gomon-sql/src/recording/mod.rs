//! How the use of a database is recorded, whatever the library: for wrappers of libraries, such as those of this crate.
//!
//! It takes text and numbers and knows no library. Everything begins as `cancelled` and becomes `ok` or `error` when the
//! wrapper says so, and ends when it is dropped; so a future or a stream that is dropped half way needs nothing. While
//! the monitor is disabled, each call costs a few nanoseconds and keeps nothing.
//!
//! A wrapper of a pool keeps a [`Database`]. For each checkout it begins a [`ConnectionEvent`] *before* it asks the pool,
//! and keeps it as long as the connection is out. Statements are recorded under [`ConnectionEvent::scope`], or under
//! [`TransactionEvent::scope`] while a transaction is open; a [`Scope`] can be cloned into a stream or a future.
//! Each [`StatementEvent`] begins on the task or thread that asks for it, before the library is called, since that is where
//! the request is current; it may end anywhere. Then:
//!
//! * [`row`](StatementEvent::row) for each row; where it says so, [`keep_row`](StatementEvent::keep_row) too;
//! * [`set_affected`](StatementEvent::set_affected), [`set_last_id`](StatementEvent::set_last_id) and, where
//!   [`wants_params`](StatementEvent::wants_params), [`set_params`](StatementEvent::set_params);
//! * [`fail`](StatementEvent::fail) for the library's error; "no rows" is none;
//! * [`complete`](StatementEvent::complete) at the end; dropping it instead means `cancelled`.
//!
//! # Parents and traces
//!
//! | event | parent | trace |
//! |---|---|---|
//! | connection | what is current when it is asked for, else the application | the parent's, else its own |
//! | transaction | its connection or outer transaction, else what is current | that of what is current, else the parent's |
//! | statement | its transaction or connection, else what is current | as above |
//! | rows | the statement | the statement's |
//!
//! A connection that a pool hands out inside a request is in the request's trace, and so all is one tree. A connection
//! that outlives requests (a worker's own, or one that a pool opened for itself) has a trace of its own. Its statements
//! still belong to the trace of the request that sends them; `parent` names the connection, which is in another trace,
//! and `links` names the event of the request, so that the tree of the request can be put together. A connection that was not recorded
//! (opened while the monitor was disabled, under another monitor, or not sampled) is nobody's parent.
//!
//! # What wrappers need not do
//!
//! The text of statements is normalised here, messages of errors and connection strings are freed of secrets, the
//! [profile](crate::SqlProfile) is fed, and statements that repeat under one event are marked.

mod caller;
mod connection;
mod database;
mod failure;
pub(crate) mod isolation;
mod kept;
mod kind;
mod message;
mod more;
mod notification;
mod repeats;
mod scope;
mod statement;
mod transaction;

pub use connection::ConnectionEvent;
pub use database::Database;
pub use failure::Failure;
pub use kind::StatementKind;
pub use notification::NotificationEvent;
pub use scope::Scope;
pub use statement::StatementEvent;
pub use transaction::{TransactionEnd, TransactionEvent};
