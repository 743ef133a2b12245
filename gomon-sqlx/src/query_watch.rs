//! Recording of a query.

use sqlx_core::column::Column;
use sqlx_core::error::Error;
use sqlx_core::row::Row as _;

use super::database::MonitoredDatabase;
use super::failure::with_failure;
use super::operations::Operations;
use super::query::TakenQuery;
use gomon_sql::Dialect;
use gomon_sql::recording::{Scope, StatementEvent, StatementKind};

/// Maximum number of columns that are read of a row.
const MAX_COLUMNS: usize = 100;

/// Operations that change rows.
const WRITES: [&str; 8] = [
    "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "COPY", "LOAD", "CALL",
];

/// What the program requests of a query.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Execute,
    Fetch,
}

/// The event of a query, which is cancelled if it is dropped before it is complete.
pub(super) struct QueryWatch {
    event: Option<StatementEvent>,
    dialect: Dialect,
    affected: u64,
    operations: Operations,
}

impl QueryWatch {
    /// Begins the event of a query that is sent now.
    pub(super) fn begin<DB: MonitoredDatabase>(
        scope: &Scope,
        query: &TakenQuery<DB>,
        kind: Kind,
    ) -> Self {
        let kind = match (kind, query.is_prepared()) {
            (Kind::Execute, false) => StatementKind::Execute,
            (Kind::Execute, true) => StatementKind::PreparedExecute,
            (Kind::Fetch, false) => StatementKind::Query,
            (Kind::Fetch, true) => StatementKind::PreparedQuery,
        };
        let event = scope.statement(kind, query.text().as_str());
        Self {
            event: Some(event),
            dialect: scope.database().dialect(),
            affected: 0,
            operations: Operations::default(),
        }
    }

    #[inline]
    pub(super) fn row<DB: MonitoredDatabase>(&mut self, row: &DB::Row) {
        if let Some(event) = &mut self.event
            && event.row()
        {
            keep::<DB>(event, row);
        }
    }

    pub(super) fn result<DB: MonitoredDatabase>(&mut self, result: &DB::QueryResult) {
        let Some(event) = &mut self.event else { return };
        event.answered();
        let operation = event
            .statement()
            .and_then(|statement| self.operations.next(self.dialect, statement));
        // Some databases report rows as affected that were only read, and SQLite reports those of the last statement
        // that wrote.
        let Some(operation) = operation.filter(|operation| WRITES.contains(operation)) else {
            return;
        };
        self.affected = self.affected.saturating_add(DB::affected(result));
        event.set_affected(self.affected);
        let inserts = matches!(operation, "INSERT" | "REPLACE");
        if let Some(id) = DB::last_id(result, inserts) {
            event.set_last_id(id);
        }
    }

    /// Records that the driver waits for the database.
    #[inline]
    pub(super) fn awaited(&mut self) {
        if let Some(event) = &mut self.event {
            event.awaited();
        }
    }

    pub(super) fn failed(&mut self, error: &Error) {
        if let Some(event) = &mut self.event {
            with_failure(error, |failure| event.fail(failure));
        }
        self.complete();
    }

    pub(super) fn complete(&mut self) {
        if let Some(event) = &mut self.event {
            event.settle();
        }
        self.event = None;
    }
}

/// Keeps a row.
#[cold]
fn keep<DB: MonitoredDatabase>(event: &mut StatementEvent, row: &DB::Row) {
    let columns: Vec<_> = row
        .columns()
        .iter()
        .map(Column::name)
        .take(MAX_COLUMNS)
        .collect();
    let cells = (0..columns.len()).map(|index| DB::cell(row, index));
    event.keep_row(&columns, cells);
}
