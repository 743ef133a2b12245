//! Events that no sampling leaves out.

use crate::monitor::Monitor;
use crate::tracker::{EventTracker, thread as local};

impl Monitor {
    /// Opens a tracker without a parent but the application, which sampling does not leave out: for what is told now
    /// and then about the process, such as a profile.
    ///
    /// # Examples
    ///
    /// ```
    /// let tracker = gomon_core::global().report("sql-profile");
    /// ```
    pub fn report(&self, fingerprint: &'static str) -> EventTracker {
        match self.core {
            Some(core) if core.is_open() => EventTracker::open(local::open_root(core, fingerprint)),
            _ => EventTracker::noop(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::sampling::Sampling;

    #[test]
    fn reports_are_recorded_whatever_the_sampling() {
        let nothing = Sampling::default().with_rate(0.0);
        let running = Monitor::builder().config(nothing).build().unwrap();
        assert!(!running.monitor().root("job").is_recording());
        assert!(running.monitor().report("profile").is_recording());
        running.monitor().disable();
        assert!(running.monitor().report("profile").is_noop());
    }
}
