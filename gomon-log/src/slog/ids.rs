//! Ids of the current event as key/values of slog.

use slog::{KV, Key, Record, Result, Serializer};

use crate::ids::CurrentIds;

/// Returns whether a key/value is one of [`CurrentIds`], which the event has anyway.
pub(super) fn is_of_event(name: &str, text: &str) -> bool {
    if !matches!(name, "trace" | "id") {
        return false;
    }
    CurrentIds::get().is_some_and(|(trace, id)| match name {
        "trace" => text == trace.to_string(),
        _ => text == id.to_string(),
    })
}

/// Adds `trace` and `id` where an event is current.
///
/// # Examples
///
/// ```
/// use gomon_log::CurrentIds;
/// use slog::{Discard, Logger, o};
///
/// let logger = Logger::root(Discard, o!(CurrentIds, "service" => "shop"));
/// # drop(logger);
/// ```
impl KV for CurrentIds {
    fn serialize(&self, _: &Record<'_>, serializer: &mut dyn Serializer) -> Result {
        // Not a conversion, unless a crate of the program turns on slog's `dynamic-keys`.
        #[allow(clippy::useless_conversion, reason = "it depends on a feature of slog")]
        if let Some((trace, id)) = Self::get() {
            serializer.emit_arguments(Key::from("trace"), &format_args!("{trace}"))?;
            serializer.emit_arguments(Key::from("id"), &format_args!("{id}"))?;
        }
        Ok(())
    }
}
