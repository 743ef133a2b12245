//! What went wrong, as it may be told.

use std::fmt::Display;

use gomon_core::{EventTracker, keys};

use super::message::Message;

/// An error of a database or of its library: message, type, and the SQLSTATE where there is one. Messages quote data;
/// what they quote is left out, but for names.
///
/// # Examples
///
/// ```
/// use gomon_sql::recording::Failure;
///
/// let error = std::io::Error::other("connection reset");
/// let failure = Failure::new(&error, "std::io::Error").with_sqlstate("08006");
/// # drop(failure);
/// ```
#[derive(Clone, Copy)]
pub struct Failure<'a> {
    message: &'a dyn Display,
    kind: &'a str,
    sqlstate: Option<&'a str>,
}

impl<'a> Failure<'a> {
    /// Describes an error by its message and the name of its type.
    ///
    /// # Examples
    ///
    /// See [`Failure`].
    #[must_use]
    pub fn new(message: &'a dyn Display, kind: &'a str) -> Self {
        Self {
            message,
            kind,
            sqlstate: None,
        }
    }

    /// The five characters by which the SQL standard names it, or what the database has in their place.
    ///
    /// # Examples
    ///
    /// See [`Failure`].
    #[must_use]
    pub fn with_sqlstate(mut self, sqlstate: impl Into<Option<&'a str>>) -> Self {
        self.sqlstate = sqlstate.into();
        self
    }

    pub(super) fn record(&self, tracker: &mut EventTracker) {
        if !tracker.is_recording() {
            return;
        }
        tracker.add_foreign_error(&Message(self.message), Some(self.kind));
        if let Some(sqlstate) = self.sqlstate {
            tracker.set(keys::SQLSTATE, sqlstate);
        }
    }
}

impl std::fmt::Debug for Failure<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Failure")
            .field("kind", &self.kind)
            .field("sqlstate", &self.sqlstate)
            .finish_non_exhaustive()
    }
}
