//! Kinds of statements.

/// How a statement was sent, which decides the fingerprint of its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// For its rows: `sql-wconn-query`, with a `sql-wrows` below.
    Query,
    /// For its effect: `sql-wconn-exec`.
    Execute,
    /// Only prepared: `sql-prepare`.
    Prepare,
    /// A prepared statement, for its rows: `sql-wstmt-query`, with a `sql-wrows` below.
    PreparedQuery,
    /// A prepared statement, for its effect: `sql-wstmt-exec`.
    PreparedExecute,
}

impl StatementKind {
    /// Returns the kind by the operation, for libraries that do not expose it.
    pub(super) fn of_operation(operation: &str) -> Self {
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
