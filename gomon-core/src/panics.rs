//! Panics of listeners and of user types: contained, and answered by a growing quarantine.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// So many panics in a row, and the listener is left alone for a while.
const PANICS: u32 = 10;
const LONGEST_QUARANTINE: Duration = Duration::from_secs(60);

/// How long a listener is left alone after so many panics in a row.
pub(crate) fn quarantine(panics: u32) -> Option<Duration> {
    let more = panics.checked_sub(PANICS)?;
    Some(LONGEST_QUARANTINE.min(Duration::from_secs(1 << more.min(6))))
}

/// Runs `call`; a panic, and one in the destructor of its payload, ends here.
pub(crate) fn contain<R>(call: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => Some(result),
        Err(payload) => {
            if let Err(again) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
                // A payload whose destructor panics with another such payload: better leaked than followed.
                #[allow(clippy::mem_forget)]
                std::mem::forget(again);
            }
            None
        }
    }
}
