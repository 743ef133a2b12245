//! Items that the crates on top of this one share; not for applications.

pub use crate::state::lock;
pub use crate::statement::{Known, Rehasher};

/// Target of the events by which sqlx reports statements through `tracing`.
pub const STATEMENT_TARGET: &str = "sqlx::query";
/// Name of the span, of the same target, in which a statement runs that its wrapper records.
pub const OWN_NAME: &str = "gomon";
