//! Keeps the panics that pages are made for out of the output.

use std::panic;
use std::sync::Once;

/// Silences the suite's own panics; all others are shown as before.
pub(crate) fn expected_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let shown = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let expected = info
                .payload_as_str()
                .is_some_and(|text| matches!(text, "boom" | "late boom"));
            if !expected {
                shown(info);
            }
        }));
    });
}
