//! Rows, columns and parameters that the configuration requests.

use gomon_core::adapter::{is_secret_name, keys};
use gomon_core::{EventTracker, REDACTED, Value};
use gomon_redact::floor_char;

use super::Cell;
use crate::SqlConfig;

/// Maximum number of columns and of parameters of one event, of bytes of a column's name, and of bytes of all rows.
const MAX_COLUMNS: usize = 64;
const MAX_NAME_BYTES: usize = 128;
const MAX_ROW_BYTES: usize = 16 * 1024;

/// The columns and first rows of a result, until its event ends.
#[derive(Debug)]
pub(super) struct Kept {
    config: SqlConfig,
    columns: Vec<Box<str>>,
    rows: Vec<Vec<Cell>>,
    bytes: usize,
}

impl Kept {
    /// Returns `None` if the configuration requests nothing, which is the default.
    #[inline]
    pub(super) fn wanted(config: &SqlConfig) -> Option<Box<Self>> {
        let is_wanted = config.rows() > 0 || config.columns() || config.params();
        is_wanted.then(|| {
            Box::new(Self {
                config: config.clone(),
                columns: Vec::new(),
                rows: Vec::new(),
                bytes: 0,
            })
        })
    }

    pub(super) fn wants_params(&self) -> bool {
        self.config.params()
    }

    /// Keeps a row, and returns whether there is room for another.
    pub(super) fn push_row(
        &mut self,
        columns: &[&str],
        values: impl Iterator<Item = Cell>,
    ) -> bool {
        if self.columns.is_empty() {
            let shown = columns.iter().take(MAX_COLUMNS);
            self.columns = shown
                .map(|name| floor_char(name, MAX_NAME_BYTES).into())
                .collect();
        }
        if self.rows.len() >= self.config.rows() {
            return false;
        }
        let limit = self.config.value_bytes();
        let is_secret = |at: usize| {
            let name = columns.get(at);
            name.is_some_and(|name| is_secret_name(name.as_bytes()))
        };
        let values = values.take(MAX_COLUMNS).enumerate();
        let row: Vec<_> = values
            .map(|(at, value)| match is_secret(at) {
                true => REDACTED.into(),
                false => value.cut(limit),
            })
            .collect();
        self.bytes += row.iter().map(Cell::size).sum::<usize>();
        if self.bytes > MAX_ROW_BYTES {
            return false;
        }
        self.rows.push(row);
        self.rows.len() < self.config.rows()
    }

    /// Records the columns and rows.
    pub(super) fn record(&self, tracker: &mut EventTracker) {
        if self.config.columns() && !self.columns.is_empty() {
            let columns: Vec<_> = self.columns.iter().map(|name| Value::Str(name)).collect();
            tracker.set(keys::COLUMNS, Value::List(&columns));
        }
        if !self.rows.is_empty() {
            let rows: Vec<Vec<_>> = self
                .rows
                .iter()
                .map(|row| row.iter().map(Cell::as_value).collect())
                .collect();
            let rows: Vec<_> = rows.iter().map(|row| Value::List(row)).collect();
            tracker.set(keys::ROWS, Value::List(&rows));
        }
    }

    /// Records the parameters.
    pub(super) fn record_params(
        &self,
        params: impl Iterator<Item = Cell>,
        tracker: &mut EventTracker,
    ) {
        let limit = self.config.value_bytes();
        let params: Vec<_> = params
            .take(MAX_COLUMNS)
            .map(|param| param.cut(limit))
            .collect();
        let values: Vec<_> = params.iter().map(Cell::as_value).collect();
        tracker.set(keys::PARAMS, Value::List(&values));
    }
}
