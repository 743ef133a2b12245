//! Polling for conditions without a signal.

use std::thread;
use std::time::{Duration, Instant};

/// Polls `condition` until it holds or `timeout` has passed, and returns whether it held.
pub(crate) fn until(timeout: Duration, condition: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + timeout;
    while !condition() {
        if Instant::now() > deadline {
            return false;
        }
        thread::park_timeout(Duration::from_millis(2));
    }
    true
}
