//! Events that end at one moment.

use std::time::Duration;

use crate::tracker::{EventTracker, thread as local};

impl EventTracker {
    /// Ends it and `inner`, which it ends with, at the same moment, by one look at the clock; how long it took, or zero
    /// for an empty one.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::Monitor;
    ///
    /// let query = Monitor::noop().root("query");
    /// let rows = query.child("rows");
    /// // … the last row was read …
    /// let lapsed = query.finish_with(rows);
    /// assert!(lapsed.is_zero());
    /// ```
    #[inline]
    pub fn finish_with(mut self, mut inner: Self) -> Duration {
        let Some(body) = self.body.take() else {
            return Duration::ZERO;
        };
        let (clock, start) = (&body.core.clock, body.start);
        let end = clock.ticks();
        if let Some(inner) = inner.body.take() {
            local::end_at(inner, end);
        }
        local::end_at(body, end);
        Duration::from_nanos(clock.nanos_between(start, end))
    }
}

#[cfg(test)]
mod tests {
    use crate::listeners::recorder::Recorder;
    use crate::monitor::Monitor;
    use crate::tracker::EventTracker;

    #[test]
    fn both_end_at_one_moment_the_inner_first() {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .listener(recorder.listener())
            .build()
            .unwrap();
        let query = running.monitor().root("query");
        let rows = query.child("rows");
        let lapsed = query.finish_with(rows);
        let events = recorder.wait_for(2);
        let [rows, query] = [events[0].as_event(), events[1].as_event()];
        assert_eq!((rows.fingerprint(), query.fingerprint()), ("rows", "query"));
        assert_eq!(query.lapsed(), lapsed);
        // Ticks become nanoseconds one by one, and so are rounded.
        let end = |event: &crate::record::event::Event<'_>| {
            u128::from(event.start_ns()) + event.lapsed().as_nanos()
        };
        assert!(end(&rows).abs_diff(end(&query)) <= 2);
    }

    #[test]
    fn each_may_be_empty() {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .listener(recorder.listener())
            .build()
            .unwrap();
        let root = || running.monitor().root("one");
        root().finish_with(EventTracker::noop());
        assert!(EventTracker::noop().finish_with(root()).is_zero());
        assert_eq!(recorder.wait_for(2).len(), 2);
    }
}
