//! How a statement was sent.

/// How a statement was sent, by which its event is named.
///
/// # Examples
///
/// See [`StatementEvent`](super::StatementEvent).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// For its rows: `sql-wconn-query`, with a `sql-wrows` below.
    Query,
    /// For its effect: `sql-wconn-exec`.
    Execute,
    /// Only prepared: `sql-prepare`.
    Prepare,
    /// Prepared before, for its rows: `sql-wstmt-query`, with a `sql-wrows` below.
    PreparedQuery,
    /// Prepared before, for its effect: `sql-wstmt-exec`.
    PreparedExecute,
}

impl StatementKind {
    /// How a statement was sent, by what it does, for libraries that do not tell.
    pub fn of_operation(operation: &str) -> Self {
        match operation {
            "SELECT" | "WITH" | "VALUES" | "TABLE" | "SHOW" | "EXPLAIN" | "PRAGMA" | "DESCRIBE"
            | "DESC" => Self::Query,
            _ => Self::Execute,
        }
    }

    pub(super) const fn fingerprint(self) -> &'static str {
        match self {
            Self::Query => "sql-wconn-query",
            Self::Execute => "sql-wconn-exec",
            Self::Prepare => "sql-prepare",
            Self::PreparedQuery => "sql-wstmt-query",
            Self::PreparedExecute => "sql-wstmt-exec",
        }
    }

    pub(super) const fn has_rows(self) -> bool {
        matches!(self, Self::Query | Self::PreparedQuery)
    }
}
