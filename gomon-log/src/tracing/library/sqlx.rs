//! Statements of sqlx 0.8 and 0.9.
//!
//! sqlx emits an event with the target `sqlx::query` when a statement has ended, in whichever way: its fields are the
//! same for an error, a cancelled query and success. The text is in `summary` if it has at most four words, else in
//! `db.statement`, between line breaks.

use std::cell::Cell;
use std::fmt::Debug;
use std::time::Duration;

use gomon_core::Monitor;
use gomon_core::adapter::format_bounded;
use gomon_sql::adapter::{Mark, ReportReader, is_own, set_report_reader};
use gomon_sql::recording::{Database, Report, Scope};
use gomon_sql::{Dialect, Setup};
use tracing::{Dispatch, Span, debug_span, dispatcher, warn_span};
use tracing_core::field::{Field, Visit};
use tracing_core::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::SOURCE;
use crate::MonitoringLayer;
pub(super) use crate::sqlx::TARGET;
use crate::sqlx::is_statement;
use crate::tracing::live;

/// Name of the span of a statement that its wrapper records.
const OWN: &str = "gomon";
/// Beginning of the names of the threads on which SQLite runs.
const SQLITE_THREAD: &str = "sqlx-sqlite-worker-";

/// Returns whether it is the event of a statement, or the span of one that its wrapper records.
#[inline]
pub(super) fn is_known(metadata: &Metadata<'_>) -> bool {
    metadata.target() == TARGET
}

thread_local! {
    /// Whether a layer that records reports received a mark.
    static IS_RECEIVED: Cell<bool> = const { Cell::new(false) };
}

/// Reports that the layer received the span of a mark.
pub(in crate::tracing) fn receive_mark() {
    let _ = IS_RECEIVED.try_with(|is_received| is_received.set(true));
}

/// Returns the span that `open` opens, if a layer that records reports receives it.
fn received(open: impl FnOnce() -> Span) -> Option<Span> {
    let _ = IS_RECEIVED.try_with(|is_received| is_received.set(false));
    let span = open();
    let is_received = IS_RECEIVED.try_with(Cell::get).unwrap_or(false);
    is_received.then_some(span)
}

/// Returns whether the subscriber of this thread has a layer.
fn is_layer_here() -> bool {
    dispatcher::get_default(Dispatch::is::<MonitoringLayer>)
}

/// Marks the statements of a wrapper on SQLite by a span, which sqlx carries to its thread.
///
/// It has the target and the level of the events. Where a filter hides this level, it has that of slow statements.
struct Spans;

impl ReportReader for Spans {
    fn mark(&self) -> Option<Box<dyn Mark>> {
        if !live::is_any_reading_libraries() {
            return None;
        }
        let slow = || received(|| warn_span!(target: TARGET, OWN));
        let span = received(|| debug_span!(target: TARGET, OWN))
            .or_else(|| is_layer_here().then(slow).flatten())?;
        Some(Box::new(Own(span)))
    }
}

struct Own(Span);

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
        let is_mark = |metadata: &Metadata<'_>| is_known(metadata) && metadata.name() == OWN;
        let mut spans = context.event_scope(event).into_iter().flatten();
        if is_own() || spans.any(|span| is_mark(span.metadata())) {
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
        if is_statement(field.name()) {
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
