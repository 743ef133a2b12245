//! Errors as they are recorded.

use std::fmt::{Display, Write};

use gomon_core::EventTracker;
use gomon_core::adapter::{TrackerExt, keys};

use super::message::Message;
use super::standing::Undone;
use crate::Dialect;

/// An error of a database or of its library: its message, type and code. Messages quote data; what they quote is
/// redacted, except names.
///
/// # Examples
///
/// ```
/// use gomon_sql::recording::Failure;
///
/// let error = std::io::Error::other("connection reset");
/// let failure = Failure::new(&error, "std::io::Error").with_code("08006");
/// # drop(failure);
/// ```
#[derive(Clone, Copy)]
pub struct Failure<'a> {
    message: &'a dyn Display,
    kind: &'a str,
    code: Option<&'a str>,
    is_from_server: bool,
    is_rollback: bool,
}

impl<'a> Failure<'a> {
    /// Describes an error by its message and the name of its type.
    #[must_use]
    pub fn new(message: &'a dyn Display, kind: &'a str) -> Self {
        Self {
            message,
            kind,
            code: None,
            is_from_server: false,
            is_rollback: false,
        }
    }

    /// Sets the code of the database. Five characters are an SQLSTATE and recorded as `sqlstate`; a number is from
    /// SQLite and recorded as `sqlite-code`. An error with a code is [from the server](Self::from_server).
    #[must_use]
    pub fn with_code(mut self, code: impl Into<Option<&'a str>>) -> Self {
        self.code = code.into();
        self.is_from_server |= self.code.is_some();
        self
    }

    /// Records that the database answered with this error, for libraries that keep no code. It decides what becomes of
    /// the transaction.
    #[must_use]
    pub fn from_server(mut self) -> Self {
        self.is_from_server = true;
        self
    }

    /// Reads the number of MySQL from the database's error as sqlx displays it: `1020 (HY000): …`. At some errors with
    /// the general SQLSTATE, which must be [set](Self::with_code) before, the number shows that the server rolled the
    /// transaction back.
    #[must_use]
    pub fn with_number_of(mut self, error: &dyn Display) -> Self {
        self.is_rollback = self.code == Some("HY000") && is_rollback(&number(error));
        self
    }

    /// Returns what the server undid at this error, beside the statement.
    pub(super) fn undone(&self, dialect: Dialect) -> Undone {
        match (dialect, self.code) {
            _ if self.is_rollback => Undone::Transaction,
            (Dialect::PostgreSql, _) if self.is_from_server => Undone::Savepoint,
            // A deadlock.
            (Dialect::MySql, Some("40001")) => Undone::Transaction,
            _ => Undone::Nothing,
        }
    }

    /// Returns whether the error is that of a `COMMIT` or `ROLLBACK` without a transaction, which SQLite has rolled back.
    pub(super) fn is_without_transaction(&self, dialect: Dialect) -> bool {
        dialect == Dialect::Sqlite && self.code == Some("1")
    }

    /// Returns whether the server had understood the statement.
    pub(super) fn is_of_execution(&self) -> bool {
        self.is_from_server && self.code != Some("42000")
    }

    pub(super) fn record(&self, tracker: &mut EventTracker) {
        if !tracker.is_recording() {
            return;
        }
        tracker.add_foreign_error(&Message(self.message), Some(self.kind));
        if let Some(code) = self.code {
            // SQLite's have at most four digits.
            match code.len() {
                5 => tracker.set(keys::SQLSTATE, code),
                _ => tracker.set(keys::SQLITE_CODE, code),
            }
        }
    }
}

/// Returns whether MySQL or MariaDB rolls the transaction back at this number: a row changed since the snapshot of the
/// transaction, or there are too many locks.
fn is_rollback(number: &str) -> bool {
    matches!(number, "1020" | "1206")
}

/// Returns the digits at the start of an error.
fn number(error: &dyn Display) -> String {
    let mut start = Start(String::new());
    // It ends with the first other character.
    let _ = write!(start, "{error}");
    start.0
}

/// Up to eight digits at the start of what is written.
struct Start(String);

impl Write for Start {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for letter in text.chars() {
            if !letter.is_ascii_digit() || self.0.len() == 8 {
                return Err(std::fmt::Error);
            }
            self.0.push(letter);
        }
        Ok(())
    }
}

impl std::fmt::Debug for Failure<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Failure")
            .field("kind", &self.kind)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}
