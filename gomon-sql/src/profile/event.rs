//! The profile as an event.

use gomon_core::{Monitor, Value, keys};

use super::{SqlProfile, StatementProfile};

/// How many statements an event tells of, and how much of each.
const MOST: usize = 32;
const LONGEST: usize = 512;
const CALLERS: usize = 4;

impl SqlProfile {
    /// Records it as the event `sql-profile`, with the 32 statements that took the most time; nothing where there are
    /// none.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_sql::SqlProfile;
    ///
    /// SqlProfile::of(gomon_core::global()).record(gomon_core::global());
    /// ```
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
        let callers: Vec<_> = self
            .statements()
            .iter()
            .take(MOST)
            .map(StatementProfile::callers)
            .collect();
        let callers: Vec<Vec<[(&str, Value<'_>); 4]>> = callers
            .iter()
            .map(|callers| {
                let told = callers.iter().take(CALLERS).map(|caller| {
                    [
                        ("route", Value::from(caller.name())),
                        ("transaction", caller.in_transaction().into()),
                        ("count", caller.count().into()),
                        ("total", caller.total().into()),
                    ]
                });
                told.collect()
            })
            .collect();
        let callers: Vec<Vec<Value<'_>>> = callers
            .iter()
            .map(|callers| callers.iter().map(|caller| Value::Map(caller)).collect())
            .collect();
        let fields: Vec<Vec<(&str, Value<'_>)>> = self
            .statements()
            .iter()
            .zip(&callers)
            .map(|(statement, callers)| fields(statement, callers))
            .collect();
        let statements: Vec<Value<'_>> = fields.iter().map(|fields| Value::Map(fields)).collect();
        tracker.set(keys::STATEMENTS, Value::List(&statements));
    }
}

fn fields<'a>(
    it: &'a StatementProfile,
    callers: &'a [Value<'a>],
) -> Vec<(&'static str, Value<'a>)> {
    let text = it.text();
    let text = text
        .get(..text.floor_char_boundary(LONGEST))
        .unwrap_or_default();
    let mut fields = vec![("query", Value::normalized_sql(text))];
    if let Some(statement) = it.statement() {
        fields.push(("query-fp", statement.fingerprint_text().into()));
        fields.push(("operation", statement.operation().into()));
        let tables = Some(statement.tables()).filter(|tables| !tables.is_empty());
        fields.extend(tables.map(|tables| ("table", Value::Str(tables))));
    }
    fields.extend([
        ("count", Value::U64(it.count())),
        ("errors", it.errors().into()),
        ("cancelled", it.cancelled().into()),
        ("rows", it.rows().into()),
        ("total", it.total().into()),
        ("min", it.min().into()),
        ("max", it.max().into()),
        ("p50", it.p50().into()),
        ("p99", it.p99().into()),
        ("wait", it.wait().into()),
        ("callers", Value::List(callers)),
    ]);
    fields
}
