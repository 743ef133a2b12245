//! SQL dialects.

/// The SQL dialect of a database, which decides what quotes and escapes mean.
///
/// # Examples
///
/// ```
/// use gomon_redact::sql::Dialect;
///
/// assert_eq!(Dialect::from_name("PostgreSQL"), Dialect::PostgreSql);
/// assert_eq!(Dialect::Sqlite.as_str(), "sqlite");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// PostgreSQL and databases that use its protocol.
    PostgreSql,
    /// MySQL and MariaDB.
    MySql,
    /// SQLite.
    Sqlite,
    /// An unknown dialect: text that is ambiguous between dialects is not shown.
    #[default]
    Unknown,
}

impl Dialect {
    /// Returns the dialect with this name in a library or a URL.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let is = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
        if is(&["postgresql", "postgres", "pg"]) {
            Self::PostgreSql
        } else if is(&["mysql", "mariadb"]) {
            Self::MySql
        } else if is(&["sqlite", "sqlite3"]) {
            Self::Sqlite
        } else {
            Self::Unknown
        }
    }

    /// Returns its name in events, as `driver`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PostgreSql => "postgresql",
            Self::MySql => "mysql",
            Self::Sqlite => "sqlite",
            Self::Unknown => "unknown",
        }
    }
}
