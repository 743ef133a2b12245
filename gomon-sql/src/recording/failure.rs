//! Errors as they are recorded.

use std::fmt::Display;

use gomon_core::EventTracker;
use gomon_core::adapter::{TrackerExt, keys};

use super::message::Message;

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
}

impl<'a> Failure<'a> {
    /// Describes an error by its message and the name of its type.
    #[must_use]
    pub fn new(message: &'a dyn Display, kind: &'a str) -> Self {
        Self {
            message,
            kind,
            code: None,
        }
    }

    /// Sets the code of the database. Five characters are an SQLSTATE and recorded as `sqlstate`; a number is from
    /// SQLite and recorded as `sqlite-code`.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<Option<&'a str>>) -> Self {
        self.code = code.into();
        self
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

impl std::fmt::Debug for Failure<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Failure")
            .field("kind", &self.kind)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}
