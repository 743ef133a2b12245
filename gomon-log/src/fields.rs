//! Fields of records and spans: typed values, and text of foreign types.

use std::fmt;

use gomon_core::adapter::{format_bounded, keys};
use gomon_core::{EventTracker, Key, Value};

/// Sets a field. Text passes the redaction policy.
#[inline]
pub(crate) fn set(tracker: &mut EventTracker, name: &str, value: Value<'_>) {
    let value = match value {
        Value::Str(text) => Value::text(text),
        other => other,
    };
    tracker.set(Key::new(name), value);
}

/// Sets a field to formatted text.
pub(crate) fn set_formatted(tracker: &mut EventTracker, name: &str, value: fmt::Arguments<'_>) {
    format_bounded(value, |text| set(tracker, name, Value::Str(text)));
}

/// Sets the message.
#[inline]
pub(crate) fn set_message(tracker: &mut EventTracker, message: fmt::Arguments<'_>) {
    match message.as_str() {
        Some(text) => tracker.set(keys::MESSAGE, text),
        None => format_bounded(message, |text| tracker.set(keys::MESSAGE, text)),
    }
}
