//! Values that are kept until their event ends.

use gomon_core::{EventTracker, Id, REDACTED, Value, is_secret_name, keys};

use crate::SqlConfig;

/// The most columns and parameters, and the most bytes of rows, of one event.
const MOST_COLUMNS: usize = 64;
const MOST_BYTES: usize = 16 * 1024;

/// The first rows of a result.
#[derive(Debug, Default)]
pub(super) struct KeptRows {
    columns: Vec<Box<str>>,
    rows: Vec<Vec<Kept>>,
    bytes: usize,
}

impl KeptRows {
    /// Takes a row; false where there is no room for more.
    pub(super) fn take(
        &mut self,
        config: &SqlConfig,
        columns: &[&str],
        values: &[Value<'_>],
    ) -> bool {
        if self.columns.is_empty() {
            let shown = columns.iter().take(MOST_COLUMNS);
            self.columns = shown.map(|name| cut(name, 128).into()).collect();
        }
        if self.rows.len() >= config.rows() {
            return false;
        }
        let limit = config.value_bytes();
        let row = values
            .iter()
            .take(MOST_COLUMNS)
            .enumerate()
            .map(|(at, value)| {
                match columns
                    .get(at)
                    .is_some_and(|name| is_secret_name(name.as_bytes()))
                {
                    true => Kept::Text(REDACTED.into()),
                    false => Kept::of(value, limit),
                }
            });
        let row: Vec<_> = row.collect();
        self.bytes += row.iter().map(Kept::bytes).sum::<usize>();
        if self.bytes > MOST_BYTES {
            return false;
        }
        self.rows.push(row);
        self.rows.len() < config.rows()
    }

    pub(super) fn record(&self, config: &SqlConfig, tracker: &mut EventTracker) {
        if config.columns() && !self.columns.is_empty() {
            let columns: Vec<Value<'_>> = self.columns.iter().map(|it| Value::Str(it)).collect();
            tracker.set(keys::COLUMNS, Value::List(&columns));
        }
        if !self.rows.is_empty() {
            let rows: Vec<Vec<Value<'_>>> = self
                .rows
                .iter()
                .map(|row| row.iter().map(Kept::value).collect())
                .collect();
            let rows: Vec<Value<'_>> = rows.iter().map(|row| Value::List(row)).collect();
            tracker.set(keys::ROWS, Value::List(&rows));
        }
    }
}

/// A value that is no longer borrowed.
#[derive(Debug)]
enum Kept {
    Null,
    Bool(bool),
    I64(i64),
    U64(u64),
    F64(f64),
    Uuid(Id),
    Text(Box<str>),
    Bytes(Box<[u8]>),
}

impl Kept {
    fn of(value: &Value<'_>, limit: usize) -> Self {
        match *value {
            Value::Bool(v) => Self::Bool(v),
            Value::I64(v) => Self::I64(v),
            Value::U64(v) => Self::U64(v),
            Value::F64(v) => Self::F64(v),
            Value::Uuid(v) => Self::Uuid(v),
            Value::Str(v) => Self::Text(cut(v, limit).into()),
            Value::Bytes(v) => Self::Bytes(cut_bytes(v, limit).into()),
            Value::Null => Self::Null,
            _ => Self::Text("?".into()),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Text(v) => 8 + v.len(),
            Self::Bytes(v) => 8 + v.len(),
            _ => 16,
        }
    }

    fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(v) => Value::Bool(*v),
            Self::I64(v) => Value::I64(*v),
            Self::U64(v) => Value::U64(*v),
            Self::F64(v) => Value::F64(*v),
            Self::Uuid(v) => Value::Uuid(*v),
            Self::Text(v) => Value::Str(v),
            Self::Bytes(v) => Value::Bytes(v),
        }
    }
}

/// The parameters, cut.
pub(super) fn record_params(config: &SqlConfig, params: &[Value<'_>], tracker: &mut EventTracker) {
    let limit = config.value_bytes();
    let params = params.iter().take(MOST_COLUMNS);
    let kept: Vec<_> = params.map(|value| Kept::of(value, limit)).collect();
    let values: Vec<Value<'_>> = kept.iter().map(Kept::value).collect();
    tracker.set(keys::PARAMS, Value::List(&values));
}

fn cut(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit))
        .unwrap_or_default()
}

fn cut_bytes(bytes: &[u8], limit: usize) -> &[u8] {
    bytes.get(..limit).unwrap_or(bytes)
}
