//! Panic hook that hides the intentional panics of pages.

use std::panic;
use std::sync::Once;

/// Installs a panic hook that hides the intentional panics and forwards all others.
pub(crate) fn hide_expected_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let expected = info
                .payload_as_str()
                .is_some_and(|text| matches!(text, "boom" | "late boom"));
            if !expected {
                previous(info);
            }
        }));
    });
}
