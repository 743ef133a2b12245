//! Ids of the current event as key/values of slog.

use slog::{KV, Record, Result, Serializer};

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

/// ```
/// use gomon_log::CurrentIds;
/// use slog::{Discard, Logger, o};
///
/// let logger = Logger::root(Discard, o!(CurrentIds, "service" => "shop"));
/// # drop(logger);
/// ```
impl KV for CurrentIds {
    fn serialize(&self, _: &Record<'_>, serializer: &mut dyn Serializer) -> Result {
        if let Some((trace, id)) = Self::get() {
            serializer.emit_arguments("trace".into(), &format_args!("{trace}"))?;
            serializer.emit_arguments("id".into(), &format_args!("{id}"))?;
        }
        Ok(())
    }
}
