//! Conditions that nothing signals.

use std::thread;
use std::time::{Duration, Instant};

/// Waits until `condition` holds; whether it did in time.
pub(crate) fn until(patience: Duration, condition: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    while !condition() {
        if Instant::now() > deadline {
            return false;
        }
        thread::park_timeout(Duration::from_millis(2));
    }
    true
}
