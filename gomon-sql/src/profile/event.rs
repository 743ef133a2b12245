//! The profile as an event.

use gomon_core::adapter::{MonitorExt, keys};
use gomon_core::{Monitor, Value};
use gomon_redact::floor_char;

use super::{SqlCaller, SqlProfile, StatementProfile};

/// Maximum number of statements of an event, of bytes of each text, and of callers of each statement.
const MAX_STATEMENTS: usize = 32;
const MAX_TEXT_BYTES: usize = 512;
const MAX_CALLERS: usize = 4;

impl SqlProfile {
    /// Records the profile as the event `sql-profile`, with the 32 statements that took most time. An empty profile is not
    /// recorded.
    pub fn record(&self, monitor: Monitor) {
        if self.statements().is_empty() {
            return;
        }
        let mut tracker = monitor.report("sql-profile");
        if tracker.is_noop() {
            return;
        }
        tracker.set(keys::INTERVAL, self.period());
        if self.missed() > 0 {
            tracker.set(keys::MISSED, self.missed());
        }
        let statements = self.statements().iter().take(MAX_STATEMENTS);
        let callers: Vec<Vec<_>> = statements
            .clone()
            .map(|statement| {
                let callers = statement.callers().iter().take(MAX_CALLERS);
                callers.map(caller_fields).collect()
            })
            .collect();
        let callers: Vec<Vec<_>> = callers
            .iter()
            .map(|callers| callers.iter().map(|caller| Value::Map(caller)).collect())
            .collect();
        let fields: Vec<_> = statements
            .zip(&callers)
            .map(|(statement, callers)| fields(statement, callers))
            .collect();
        let statements: Vec<_> = fields.iter().map(|fields| Value::Map(fields)).collect();
        tracker.set(keys::STATEMENTS, Value::List(&statements));
    }
}

fn caller_fields(caller: &SqlCaller) -> [(&'static str, Value<'_>); 4] {
    [
        ("route", Value::from(caller.name())),
        ("transaction", caller.in_transaction().into()),
        ("count", caller.count().into()),
        ("total", caller.total().into()),
    ]
}

fn fields<'a>(
    profile: &'a StatementProfile,
    callers: &'a [Value<'a>],
) -> Vec<(&'static str, Value<'a>)> {
    let text = floor_char(profile.text(), MAX_TEXT_BYTES);
    let mut fields = vec![("query", Value::normalized_sql(text))];
    if let Some(statement) = profile.statement() {
        fields.push(("query-fp", statement.fingerprint_text().into()));
        fields.push(("operation", statement.operation().into()));
        let tables = Some(statement.tables()).filter(|tables| !tables.is_empty());
        fields.extend(tables.map(|tables| ("table", Value::Str(tables))));
    }
    fields.extend([
        ("count", Value::U64(profile.count())),
        ("errors", profile.errors().into()),
        ("cancelled", profile.cancelled().into()),
        ("rows", profile.rows().into()),
        ("total", profile.total().into()),
        ("min", profile.min().into()),
        ("max", profile.max().into()),
        ("p50", profile.p50().into()),
        ("p99", profile.p99().into()),
        ("wait", profile.wait().into()),
        ("callers", Value::List(callers)),
    ]);
    fields
}
