//! A query taken apart, so that its text can be read before the driver consumes it.

use sqlx_core::database::Database;
use sqlx_core::error::BoxDynError;
use sqlx_core::executor::Execute;
use sqlx_core::sql_str::SqlStr;

/// A query whose text can be read, and which the driver runs as it would have run the original.
pub(super) struct TakenQuery<DB: Database> {
    sql: SqlStr,
    statement: Option<DB::Statement>,
    arguments: Result<Option<DB::Arguments>, BoxDynError>,
    persistent: bool,
}

impl<DB: Database> TakenQuery<DB> {
    pub(super) fn take<'q>(mut query: impl Execute<'q, DB>) -> Self {
        // In the order in which drivers ask: `query!` is persistent only as long as it has its arguments.
        let statement = query.statement().cloned();
        let arguments = query.take_arguments();
        let persistent = query.persistent();
        Self {
            sql: query.sql(),
            statement,
            arguments,
            persistent,
        }
    }

    pub(super) fn text(&self) -> &SqlStr {
        &self.sql
    }

    /// Whether it was prepared by the program itself.
    pub(super) fn is_prepared(&self) -> bool {
        self.statement.is_some()
    }
}

impl<DB: Database> Execute<'_, DB> for TakenQuery<DB> {
    fn sql(self) -> SqlStr {
        self.sql
    }

    fn statement(&self) -> Option<&DB::Statement> {
        self.statement.as_ref()
    }

    fn take_arguments(&mut self) -> Result<Option<DB::Arguments>, BoxDynError> {
        std::mem::replace(&mut self.arguments, Ok(None))
    }

    fn persistent(&self) -> bool {
        self.persistent
    }
}
