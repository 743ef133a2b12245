//! Normalised SQL statements.

mod cache;
mod effect;
mod facts;
mod hash;
mod known;
mod lists;
mod normalizer;
mod room;
mod tables;
mod word;

use std::borrow::Cow;
use std::sync::Arc;

use gomon_core::adapter::keys;
use gomon_core::{EventTracker, Value};

use crate::Dialect;
use normalizer::Normalizer;

pub(crate) use effect::Effect;
pub(crate) use hash::Hash;
pub use hash::Rehasher;
pub use known::Known;

/// A normalised SQL statement: without literals and comments, and with shortened lists of values.
///
/// Quoted names are kept. Double quotes of SQLite are ambiguous: `"x"` is a string if no column has that name. It
/// becomes `?` after an operator such as `=`, after words such as `LIKE` and `THEN`, in a list of values, and among the
/// arguments of a function other than `count`, `sum`, `min`, `max`, `avg` and `total`. Elsewhere, and next to a dot, it
/// is read as a name and **shown**, as in `SELECT "x"` and `"x" = ?`, if it consists of letters, digits, `_`, `$`,
/// blanks, dots and dashes. Double quotes of MySQL are read as a name next to a dot and where a table is named. A string
/// of MySQL or PostgreSQL with a backslash before a quote is ambiguous between modes of the server, and is not read.
///
/// From the first ambiguous piece on, the rest becomes one `?`. Where a secret may stand without quotes
/// (`IDENTIFIED BY …`), the rest of that statement does. The first 64 KiB of a text are read. The time is linear in the
/// length.
///
/// # Examples
///
/// ```
/// use gomon_sql::{Dialect, Statement};
///
/// let sql = "SELECT name FROM shop.goods -- all\n WHERE id IN (1, 2, 3) AND owner = 'me'";
/// let statement = Statement::new(Dialect::Sqlite, sql);
/// assert_eq!(statement.text(), "SELECT name FROM shop.goods WHERE id IN (?) AND owner = ?");
/// assert_eq!(statement.operation(), "SELECT");
/// assert_eq!(statement.tables(), "shop.goods");
/// ```
#[derive(Clone, Debug)]
pub struct Statement {
    text: Box<str>,
    fingerprint: u64,
    fingerprint_text: Box<str>,
    operation: &'static str,
    tables: Box<str>,
    effects: Box<[Effect]>,
    writes: bool,
}

impl Statement {
    /// Parses a statement.
    #[must_use]
    pub fn new(dialect: Dialect, sql: &str) -> Self {
        let read = Normalizer::run(dialect, sql);
        let fingerprint = read.hash.finish();
        Self {
            fingerprint,
            fingerprint_text: hexadecimal(fingerprint),
            operation: read.facts.operation(),
            tables: read.facts.tables().join().into(),
            writes: read.facts.writes(),
            effects: read.facts.effects().into(),
            text: read.out.into(),
        }
    }

    /// Parses a statement that need not be UTF-8.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_sql::{Dialect, Statement};
    ///
    /// assert_eq!(Statement::from_bytes(Dialect::MySql, b"SELECT '\xff'").text(), "SELECT ?");
    /// ```
    #[must_use]
    pub fn from_bytes(dialect: Dialect, sql: &[u8]) -> Self {
        match String::from_utf8_lossy(sql) {
            Cow::Borrowed(sql) => Self::new(dialect, sql),
            Cow::Owned(sql) => Self::new(dialect, &sql),
        }
    }

    /// Returns the statement from the cache, or parses it.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_sql::{Dialect, Statement};
    ///
    /// assert_eq!(Statement::cached(Dialect::Sqlite, "SELECT 1").text(), "SELECT ?");
    /// ```
    #[must_use]
    pub fn cached(dialect: Dialect, sql: &str) -> Arc<Self> {
        Self::known(dialect, sql).into_arc()
    }

    /// Returns the statement from the cache without counting a reference if the cache keeps it.
    #[inline]
    pub fn known(dialect: Dialect, sql: &str) -> Known {
        cache::known(dialect, sql)
    }

    /// Returns the statement of a text that will come again; the cache keeps it if there is room.
    pub fn kept(dialect: Dialect, sql: &str) -> Known {
        cache::kept(dialect, sql)
    }

    /// Returns its text, with `?` for each literal.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns a hash that is equal for statements that differ in literals and spelling only.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Returns its operation, such as `SELECT`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Returns the fingerprint as 16 hexadecimal digits, as in events.
    #[must_use]
    pub fn fingerprint_text(&self) -> &str {
        &self.fingerprint_text
    }

    /// Returns up to eight tables, separated by `, `, the main one first; empty if none is known.
    #[must_use]
    pub fn tables(&self) -> &str {
        &self.tables
    }

    /// Returns whether it may change data or structure.
    pub(crate) fn writes(&self) -> bool {
        self.writes
    }

    /// Returns what its statements do to the open transaction, in order.
    pub(crate) fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// Returns the maximum number of bytes that it takes.
    fn footprint(&self) -> usize {
        const FIXED: usize = size_of::<Statement>() + 512;
        FIXED + self.text.len() + self.tables.len()
    }

    /// Records text, fingerprint, operation and tables.
    #[inline]
    pub(crate) fn record(&self, tracker: &mut EventTracker) {
        tracker.set(keys::QUERY, Value::normalized_sql(&self.text));
        tracker.set(keys::QUERY_FP, &*self.fingerprint_text);
        tracker.set(keys::OPERATION, self.operation);
        if !self.tables.is_empty() {
            tracker.set(keys::TABLE, &*self.tables);
        }
    }
}

/// Equal text, operation and tables.
impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
            && self.text == other.text
            && self.operation == other.operation
            && self.tables == other.tables
    }
}

impl Eq for Statement {}

fn hexadecimal(word: u64) -> Box<str> {
    let digits = (0..16_u32).rev().map(|at| (word >> (4 * at)) as u32 & 0xf);
    digits
        .filter_map(|digit| char::from_digit(digit, 16))
        .collect()
}

#[cfg(test)]
mod tests;
