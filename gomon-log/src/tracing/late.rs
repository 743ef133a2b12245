//! Values that a span records after its start.
//!
//! Values are converted first, by foreign code, and set under the lock of the span's tracker afterwards.

use std::error::Error;
use std::fmt::{Debug, Display};

use gomon_core::adapter::{TrackerExt, format_bounded};
use gomon_core::{EventTracker, Key, Value};

use super::visit::Sink;
use crate::fields;

/// Converted values.
#[derive(Debug, Default)]
pub(super) struct Late {
    values: Vec<(Key<'static>, Owned)>,
    errors: Vec<String>,
}

#[derive(Debug)]
enum Owned {
    Bool(bool),
    I64(i64),
    U64(u64),
    F64(f64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Late {
    /// Sets the values.
    pub(super) fn apply(&self, tracker: &mut EventTracker) {
        for (key, value) in &self.values {
            let value = match value {
                Owned::Bool(value) => Value::Bool(*value),
                Owned::I64(value) => Value::I64(*value),
                Owned::U64(value) => Value::U64(*value),
                Owned::F64(value) => Value::F64(*value),
                Owned::Text(value) => Value::Str(value),
                Owned::Bytes(value) => Value::Bytes(value),
            };
            fields::set(tracker, *key, value);
        }
        for error in &self.errors {
            tracker.add_foreign_error(error, None);
        }
    }
}

impl Sink for Late {
    fn set(&mut self, key: Key<'static>, value: Value<'_>) {
        let value = match value {
            Value::Bool(value) => Owned::Bool(value),
            Value::I64(value) => Owned::I64(value),
            Value::U64(value) => Owned::U64(value),
            Value::F64(value) => Owned::F64(value),
            Value::Str(value) => Owned::Text(value.to_owned()),
            Value::Bytes(value) => Owned::Bytes(value.to_owned()),
            // Not a type of `tracing`.
            _ => return,
        };
        self.values.push((key, value));
    }

    fn set_formatted(&mut self, key: Key<'static>, value: &dyn Debug) {
        format_bounded(format_args!("{value:?}"), |text| {
            self.set(key, Value::Str(text));
        });
    }

    fn set_message(&mut self, message: &dyn Debug) {
        self.set_formatted(Key::new("message"), message);
    }

    fn add_error(&mut self, error: &dyn Display) {
        format_bounded(format_args!("{error}"), |text| {
            self.errors.push(text.to_owned());
        });
    }

    fn add_error_chain(&mut self, error: &(dyn Error + 'static)) {
        self.add_error(&error);
    }
}
