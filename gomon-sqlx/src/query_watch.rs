//! What is recorded of a query.

use sqlx_core::column::Column;
use sqlx_core::error::Error;
use sqlx_core::row::Row as _;

use super::connection::Parts;
use super::database::MonitoredDatabase;
use super::failure::with_failure;
use super::operations::Operations;
use super::query::TakenQuery;
use gomon_sql::adapter::Cell;
use gomon_sql::recording::{StatementEvent, StatementKind};

/// The most columns of a row that are looked at.
const MOST_COLUMNS: usize = 100;

/// The operations that touch rows.
const WRITES: [&str; 8] = [
    "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "COPY", "LOAD", "CALL",
];

/// What a query is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Execute,
    Fetch,
}

/// The event of a query; it ends as cancelled when it is dropped before it is complete.
pub(super) struct QueryWatch {
    event: Option<StatementEvent>,
    affected: u64,
    operations: Operations,
}

impl QueryWatch {
    /// The query is sent now.
    pub(super) fn begin<DB: MonitoredDatabase>(
        parts: &Parts<'_, DB>,
        query: &TakenQuery<DB>,
        kind: Kind,
    ) -> Self {
        let kind = match (kind, query.is_prepared()) {
            (Kind::Execute, false) => StatementKind::Execute,
            (Kind::Execute, true) => StatementKind::PreparedExecute,
            (Kind::Fetch, false) => StatementKind::Query,
            (Kind::Fetch, true) => StatementKind::PreparedQuery,
        };
        let event = parts.scope.statement(kind, query.text().as_str());
        Self {
            event: Some(event),
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
        let operation = event
            .statement()
            .and_then(|statement| self.operations.next(DB::DIALECT, statement));
        // Databases tell rows as affected that were only read, and SQLite those of the last statement that wrote.
        let Some(operation) = operation.filter(|it| WRITES.contains(it)) else {
            return;
        };
        self.affected = self.affected.saturating_add(DB::affected(result));
        event.set_affected(self.affected);
        let inserts = matches!(operation, "INSERT" | "REPLACE");
        if let Some(id) = DB::last_id(result, inserts) {
            event.set_last_id(id);
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

/// Keeps the row, since it is wanted.
#[cold]
fn keep<DB: MonitoredDatabase>(event: &mut StatementEvent, row: &DB::Row) {
    let columns: Vec<_> = row
        .columns()
        .iter()
        .map(Column::name)
        .take(MOST_COLUMNS)
        .collect();
    let cells: Vec<_> = (0..columns.len())
        .map(|index| DB::cell(row, index))
        .collect();
    let values: Vec<_> = cells.iter().map(Cell::as_value).collect();
    event.keep_row(&columns, &values);
}
