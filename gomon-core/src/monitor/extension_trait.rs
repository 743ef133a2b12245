//! Methods of [`Monitor`] for adapters.

use crate::id::traceparent::TraceContext;
use crate::monitor::Monitor;
use crate::tracker::EventTracker;
use crate::tracker::open::{open_remote, open_root};
use crate::tracker::thread;

/// Methods of [`Monitor`] for adapters, which open trackers in ways that a program's own code does not need.
pub trait MonitorExt: sealed::Sealed {
    /// Opens a root tracker; sampling rules may match `route`.
    fn root_for(&self, fingerprint: &'static str, route: Option<&str>) -> EventTracker;

    /// Returns whether sampling has rules for routes, so that [`root_for`](Self::root_for) needs one.
    fn samples_by_route(&self) -> bool;

    /// Opens a tracker that continues the trace of another process; its parent is the remote span.
    fn continued(&self, fingerprint: &'static str, remote: &TraceContext) -> EventTracker;

    /// Sets what an integration cannot record, for `notices` of the health; `None` removes it. At most 16 topics are kept.
    fn set_notice(&self, topic: &'static str, notice: Option<String>);

    /// Opens a root tracker that ignores sampling, for periodic reports about the process, such as a profile.
    fn report(&self, fingerprint: &'static str) -> EventTracker;
}

impl MonitorExt for Monitor {
    #[inline]
    fn root_for(&self, fingerprint: &'static str, route: Option<&str>) -> EventTracker {
        match self.core {
            Some(core) => open_root(core, fingerprint, route),
            None => EventTracker::noop(),
        }
    }

    fn samples_by_route(&self) -> bool {
        self.core
            .is_some_and(|core| core.sampler.samples_by_route())
    }

    fn continued(&self, fingerprint: &'static str, remote: &TraceContext) -> EventTracker {
        match self.core {
            Some(core) => open_remote(core, fingerprint, remote),
            None => EventTracker::noop(),
        }
    }

    fn set_notice(&self, topic: &'static str, notice: Option<String>) {
        if let Some(core) = self.core {
            core.notices.set(topic, notice);
        }
    }

    fn report(&self, fingerprint: &'static str) -> EventTracker {
        match self.core {
            Some(core) if core.is_open() => {
                EventTracker::open(thread::open_root(core, fingerprint))
            }
            _ => EventTracker::noop(),
        }
    }
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::Monitor {}
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
