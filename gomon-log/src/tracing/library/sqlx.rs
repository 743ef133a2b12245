//! Statements of sqlx 0.8 and 0.9.
//!
//! sqlx emits an event with the target `sqlx::query` when a statement has ended, in whichever way: its fields are the
//! same for an error, a cancelled query and success. The text is in `summary` if it has at most four words, else in
//! `db.statement`, between line breaks.

use std::fmt::Debug;
use std::time::Duration;

use gomon_core::Monitor;
use gomon_core::adapter::format_bounded;
use gomon_sql::adapter::{Mark, ReportReader, set_report_reader};
use gomon_sql::recording::{Database, Report, Scope};
use gomon_sql::{Dialect, Setup};
use tracing_core::field::{Field, Visit};
use tracing_core::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::SOURCE;

/// Target of the events.
pub(super) const TARGET: &str = "sqlx::query";
/// Name of the span of a statement that its wrapper records.
const OWN: &str = "gomon";
/// Beginning of the names of the threads on which SQLite runs.
const SQLITE_THREAD: &str = "sqlx-sqlite-worker-";

/// Returns whether it is the event of a statement, or the span of one that its wrapper records.
#[inline]
pub(super) fn is_known(metadata: &Metadata<'_>) -> bool {
    metadata.target() == TARGET
}

/// Marks the statements of a wrapper by a span, which sqlx carries to the thread of SQLite.
///
/// It has the target of the events and the highest level, so that each filter that lets an event pass lets it pass too.
struct Spans;

impl ReportReader for Spans {
    fn mark(&self) -> Box<dyn Mark> {
        Box::new(Own(tracing::error_span!(target: TARGET, OWN)))
    }
}

struct Own(tracing::Span);

impl Mark for Own {
    fn run(&self, f: &mut dyn FnMut()) {
        self.0.in_scope(f);
    }
}

/// Recorder of statements.
#[derive(Debug)]
pub(super) struct Sqlx {
    sqlite: Scope,
    other: Scope,
}

impl Sqlx {
    pub(super) fn new(pinned: Option<Monitor>) -> Self {
        set_report_reader(&Spans);
        let setup = pinned.map_or_else(Setup::new, |monitor| Setup::new().with_monitor(monitor));
        let scope = |dialect| {
            let database = Database::new(setup.clone(), dialect, "");
            Scope::without_connection(&database)
        };
        Self {
            sqlite: scope(Dialect::Sqlite),
            other: scope(Dialect::Unknown),
        }
    }

    /// Records a statement, unless its wrapper does.
    pub(super) fn record<S>(&self, event: &Event<'_>, context: &Context<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let is_own = |metadata: &Metadata<'_>| is_known(metadata) && metadata.name() == OWN;
        let mut spans = context.event_scope(event).into_iter().flatten();
        if spans.any(|span| is_own(span.metadata())) {
            return;
        }
        let mut statement = Statement::default();
        event.record(&mut statement);
        let thread = std::thread::current();
        let is_sqlite = thread
            .name()
            .is_some_and(|name| name.starts_with(SQLITE_THREAD));
        let scope = match is_sqlite {
            true => &self.sqlite,
            false => &self.other,
        };
        Report::new(SOURCE, statement.text(), statement.elapsed)
            .with_rows(statement.rows_returned)
            .with_affected(statement.rows_affected)
            .with_slow(*event.metadata().level() <= Level::WARN)
            .record(scope);
    }
}

/// The fields of an event.
#[derive(Debug, Default)]
struct Statement {
    summary: String,
    statement: String,
    rows_affected: u64,
    rows_returned: u64,
    elapsed: Duration,
}

impl Statement {
    /// Returns the whole text.
    fn text(&self) -> &str {
        match self.statement.trim_matches('\n') {
            "" => &self.summary,
            text => text,
        }
    }
}

impl Visit for Statement {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_secs" {
            self.elapsed = Duration::try_from_secs_f64(value).unwrap_or_default();
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "rows_affected" => self.rows_affected = value,
            "rows_returned" => self.rows_returned = value,
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.statement),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if matches!(field.name(), "summary" | "db.statement") {
            format_bounded(format_args!("{value:?}"), |text| {
                self.record_str(field, text);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_statement_or_a_short_summary() {
        let statement = |summary: &str, statement: &str| Statement {
            summary: summary.to_owned(),
            statement: statement.to_owned(),
            ..Statement::default()
        };
        assert_eq!(statement("SELECT 1", "").text(), "SELECT 1");
        let long = statement("SELECT a FROM b …", "\n\nSELECT a FROM b WHERE c\n");
        assert_eq!(long.text(), "SELECT a FROM b WHERE c");
    }
}
