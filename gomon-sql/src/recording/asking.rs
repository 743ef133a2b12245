//! How plans are asked for without harm: few at a time, where nothing can be written, and not for long.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::Dialect;

/// How many plans are asked for at a time in the whole process; what is slow meanwhile gets none.
const MOST: usize = 2;

static ASKED: AtomicUsize = AtomicUsize::new(0);

/// The permission to ask for one plan; its drop makes room for another one.
pub struct Asking(());

impl Asking {
    pub fn begin() -> Option<Self> {
        let asked = ASKED.fetch_update(Relaxed, Relaxed, |asked| {
            (asked < MOST).then_some(asked + 1)
        });
        asked.ok().map(|_| Self(()))
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        ASKED.fetch_sub(1, Relaxed);
    }
}

/// What is sent before `EXPLAIN`, which is no mere reading everywhere: MySQL and MariaDB run derived tables and functions for
/// it, and PostgreSQL functions that are said to change nothing.
pub struct Frame {
    /// Of these the first that the server knows; the two that speak MySQL have words of their own.
    pub limits: &'static [&'static str],
    pub begin: &'static [&'static str],
}

impl Frame {
    /// What is sent afterwards, whatever came of it.
    pub const END: &str = "ROLLBACK";

    pub const fn of(dialect: Dialect) -> Option<Self> {
        match dialect {
            // Within the transaction, so that nothing stays in a session that a pooler shares.
            Dialect::PostgreSql => Some(Self {
                limits: &[],
                begin: &["BEGIN READ ONLY", "SET LOCAL statement_timeout = 2000"],
            }),
            Dialect::MySql => Some(Self {
                limits: &[
                    "SET max_statement_time = 2",
                    "SET max_execution_time = 2000",
                ],
                begin: &["START TRANSACTION READ ONLY"],
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_plans_are_asked_for_at_a_time() {
        let asked: Vec<_> = (0..MOST).map(|_| Asking::begin()).collect();
        assert!(asked.iter().all(Option::is_some) && Asking::begin().is_none());
        drop(asked);
        assert!(Asking::begin().is_some());
    }
}
