//! Fields of records and spans: typed values, and text of foreign types.

use std::fmt;

use gomon_core::adapter::{format_bounded, keys, scrub_text};
use gomon_core::{EventTracker, Key, Value};

/// Name of a field whose value is recorded as an error.
pub(crate) const ERROR: &str = "error";
/// Maximum length of text that is set as an ordinary string, below its default limit.
const MAX_SHORT: usize = 256;

/// Sets a field. Text passes the redaction policy.
#[inline]
pub(crate) fn set(tracker: &mut EventTracker, key: Key<'_>, value: Value<'_>) {
    match value {
        // Most text is short and has no secret: then this is the fast path of the tracker.
        Value::Str(text) if text.len() <= MAX_SHORT => tracker.set(key, &*scrub_text(text)),
        Value::Str(text) => tracker.set(key, Value::text(text)),
        other => tracker.set(key, other),
    }
}

/// Sets a field to formatted text.
#[cfg(feature = "tracing")]
pub(crate) fn set_formatted(tracker: &mut EventTracker, key: Key<'_>, value: fmt::Arguments<'_>) {
    format_bounded(value, |text| set(tracker, key, Value::Str(text)));
}

/// Sets the message.
#[inline]
pub(crate) fn set_message(tracker: &mut EventTracker, message: fmt::Arguments<'_>) {
    match message.as_str() {
        Some(text) => set_message_text(tracker, text),
        None => format_bounded(message, |text| set_message_text(tracker, text)),
    }
}

#[inline]
fn set_message_text(tracker: &mut EventTracker, text: &str) {
    if text.len() <= MAX_SHORT {
        tracker.set(keys::SCRUBBED_MESSAGE, &*scrub_text(text));
    } else {
        tracker.set(keys::MESSAGE, text);
    }
}
