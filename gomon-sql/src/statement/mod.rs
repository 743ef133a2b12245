//! An SQL statement as it may be shown.

mod cache;
mod facts;
mod hash;
mod known;
mod lexer;
mod lists;
mod normalizer;
mod room;
mod word;

use std::borrow::Cow;
use std::sync::Arc;

use gomon_core::{EventTracker, Value, keys};

use crate::Dialect;
use normalizer::Normalizer;

pub(crate) use hash::Hash;
pub use known::Known;

/// An SQL statement as it may be shown: without literals and comments, and with lists of values shortened.
///
/// Names in quotes stay. What SQLite has in double quotes is a name where there is one and else a string, which the text
/// alone does not tell: `"x"` is `?` after an operator such as `=`, after words such as `LIKE` and `THEN`, in a list of values
/// and among the arguments of a function other than `count`, `sum`, `min`, `max`, `avg` and `total`; elsewhere it is taken for
/// a name and **shown**, as in `SELECT "x"` and `"x" = ?`, and so it is wherever a dot stands beside it. A
/// string of MySQL or PostgreSQL with a backslash before a quote in it is read in two ways, by the modes of the server, so it
/// is not read at all.
///
/// From where a statement cannot be read beyond doubt, or a secret may
/// stand without quotes (`IDENTIFIED BY …`), there is one `?` for all the rest. Of a long statement the first 64 KiB are
/// read. The time that takes grows with the length alone.
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
}

impl Statement {
    /// Reads a statement.
    ///
    /// # Examples
    ///
    /// See [`Statement`].
    #[must_use]
    pub fn new(dialect: Dialect, sql: &str) -> Self {
        let read = Normalizer::run(dialect, sql);
        let fingerprint = read.hash.finish();
        Self {
            fingerprint,
            fingerprint_text: hexadecimal(fingerprint),
            operation: read.facts.operation(),
            tables: read.facts.tables().into(),
            text: read.out.into(),
        }
    }

    /// Reads a statement that need not be UTF-8.
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

    /// The statement as it was read when it last came by, or as it is read now.
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

    /// As [`cached`](Self::cached), for whoever only looks at it.
    #[inline]
    pub fn known(dialect: Dialect, sql: &str) -> Known {
        cache::known(dialect, sql)
    }

    /// As [`known`](Self::known), of a text that will come again.
    pub fn kept(dialect: Dialect, sql: &str) -> Known {
        cache::kept(dialect, sql)
    }

    /// Its text, with `?` for each literal.
    ///
    /// # Examples
    ///
    /// See [`Statement`].
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A hash of it that is the same for statements that differ in literals and spelling only.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_sql::{Dialect, Statement};
    ///
    /// let [one, two] = ["SELECT 1", "SELECT 2"].map(|sql| Statement::new(Dialect::Sqlite, sql));
    /// assert_eq!(one.fingerprint(), two.fingerprint());
    /// ```
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// What it does, such as `SELECT`.
    ///
    /// # Examples
    ///
    /// See [`Statement`].
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The fingerprint in 16 hexadecimal digits, as it stands in events.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_sql::{Dialect, Statement};
    ///
    /// assert_eq!(Statement::new(Dialect::Sqlite, "SELECT 1").fingerprint_text().len(), 16);
    /// ```
    #[must_use]
    pub fn fingerprint_text(&self) -> &str {
        &self.fingerprint_text
    }

    /// The tables that it is about, at most eight, with commas between them; empty where there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_sql::{Dialect, Statement};
    ///
    /// let sql = "SELECT * FROM goods g JOIN shop.owners o ON g.owner = o.id";
    /// assert_eq!(Statement::new(Dialect::Sqlite, sql).tables(), "goods, shop.owners");
    /// ```
    #[must_use]
    pub fn tables(&self) -> &str {
        &self.tables
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

/// The same text, about the same.
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
