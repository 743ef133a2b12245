//! Conversion of the metadata and the values of `tracing`.

use std::error::Error;
use std::fmt::{Debug, Display, Formatter, Result};

use gomon_core::adapter::{TrackerExt, format_bounded};
use gomon_core::{EventTracker, Key, Value};
use tracing_core::Metadata;
use tracing_core::field::{Field, Visit};

use super::filter::level_of;
use crate::fields::{self, ERROR};
use crate::record::Origin;
use crate::sqlx;

/// Name of the field that holds the message of an event.
const MESSAGE: &str = "message";
/// Prefix of the fields by which `tracing-log` passes the origin of a record.
const LOG_PREFIX: &str = "log.";

/// Converts the metadata of a span or an event.
#[inline]
pub(super) fn origin<'a>(metadata: &Metadata<'a>) -> Origin<'a> {
    Origin {
        level: level_of(metadata.level()),
        target: metadata.target(),
        module: metadata.module_path(),
        file: metadata.file(),
        line: metadata.line(),
    }
}

/// Receiver of converted values.
pub(super) trait Sink {
    fn set(&mut self, key: Key<'static>, value: Value<'_>);
    fn set_formatted(&mut self, key: Key<'static>, value: &dyn Debug);
    fn set_message(&mut self, message: &dyn Debug);
    fn add_error(&mut self, error: &dyn Display);
    fn add_error_chain(&mut self, error: &(dyn Error + 'static));
}

impl Sink for EventTracker {
    #[inline]
    fn set(&mut self, key: Key<'static>, value: Value<'_>) {
        fields::set(self, key, value);
    }

    fn set_formatted(&mut self, key: Key<'static>, value: &dyn Debug) {
        fields::set_formatted(self, key, format_args!("{value:?}"));
    }

    fn set_message(&mut self, message: &dyn Debug) {
        fields::set_message(self, format_args!("{message:?}"));
    }

    fn add_error(&mut self, error: &dyn Display) {
        self.add_foreign_error(error, None);
    }

    fn add_error_chain(&mut self, error: &(dyn Error + 'static)) {
        self.add_foreign_chain(error);
    }
}

/// Visits the values of a span or an event.
pub(super) struct Visitor<'a, T> {
    sink: &'a mut T,
    /// Keys of the fields, if they are known.
    keys: &'a [Key<'static>],
    /// Whether the field `message` is the message of an event.
    has_message: bool,
    /// Whether it is a record of `log`, which passes its origin in fields.
    is_log: bool,
    /// Whether it is an event of sqlx.
    is_sqlx: bool,
}

impl<'a, T: Sink> Visitor<'a, T> {
    pub(super) fn of_span(sink: &'a mut T, keys: &'a [Key<'static>]) -> Self {
        Self {
            sink,
            keys,
            has_message: false,
            is_log: false,
            is_sqlx: false,
        }
    }

    pub(super) fn of_event(sink: &'a mut T, keys: &'a [Key<'static>], is_log: bool) -> Self {
        Self {
            sink,
            keys,
            has_message: true,
            is_log,
            is_sqlx: false,
        }
    }

    /// Sets the target of the event.
    pub(super) fn with_target(mut self, target: &str) -> Self {
        self.is_sqlx = target == sqlx::TARGET;
        self
    }

    /// Sets the text of a field or message of sqlx.
    #[cold]
    fn set_statement(&mut self, field: &Field, value: &dyn Debug) {
        let is_message = self.is_message(field);
        let key = self.key(field);
        format_bounded(format_args!("{value:?}"), |text| match is_message {
            true => {
                let text = sqlx::scrub_message(text);
                self.sink.set_message(&format_args!("{text}"));
            }
            false => self.sink.set(key, Value::sql(text)),
        });
    }

    /// Returns whether the field has a statement of sqlx.
    #[inline]
    fn is_statement(&self, field: &Field) -> bool {
        self.is_sqlx && (sqlx::is_statement(field.name()) || self.is_log && self.is_message(field))
    }

    #[inline]
    fn key(&self, field: &Field) -> Key<'static> {
        let known = self.keys.get(field.index()).copied();
        known.unwrap_or_else(|| Key::new(field.name()))
    }

    #[inline]
    fn is_message(&self, field: &Field) -> bool {
        self.has_message && field.name() == MESSAGE
    }

    #[inline]
    fn is_origin(&self, field: &Field) -> bool {
        self.is_log && field.name().starts_with(LOG_PREFIX)
    }
}

impl<T: Sink> Visit for Visitor<'_, T> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.sink.set(self.key(field), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.sink.set(self.key(field), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if !self.is_origin(field) {
            self.sink.set(self.key(field), value.into());
        }
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        match i64::try_from(value) {
            Ok(value) => self.record_i64(field, value),
            Err(_) => self.record_debug(field, &value),
        }
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        match u64::try_from(value) {
            Ok(value) => self.record_u64(field, value),
            Err(_) => self.record_debug(field, &value),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.sink.set(self.key(field), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            ERROR => self.sink.add_error(&value),
            _ if self.is_statement(field) => self.set_statement(field, &format_args!("{value}")),
            _ if self.is_message(field) => self.sink.set_message(&format_args!("{value}")),
            _ if self.is_origin(field) => {}
            _ => self.sink.set(self.key(field), value.into()),
        }
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        self.sink.set(self.key(field), value.into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        if field.name() != ERROR {
            self.sink
                .set_formatted(self.key(field), &format_args!("{value}"));
        }
        self.sink.add_error_chain(value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            ERROR => self.sink.add_error(&Debugged(value)),
            _ if self.is_statement(field) => self.set_statement(field, value),
            _ if self.is_message(field) => self.sink.set_message(value),
            _ => self.sink.set_formatted(self.key(field), value),
        }
    }
}

/// Displays a value by its `Debug`, as the macros of `tracing` pass values with `%`, too.
struct Debugged<'a>(&'a dyn Debug);

impl Display for Debugged<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.0.fmt(f)
    }
}
