//! Counts of what happens under a request.

use crate::context::{Frame, STACK};
use crate::tracker::EventTracker;

/// Counts a log record under the outermost event of the current trace on this thread, usually the request.
///
/// Returns false if `max` records were counted there; the event then has the number of further ones in `logs-omitted`.
/// Zero means no limit. Errors are always counted, and have a reserve of a tenth beyond `max`. Returns true if no such
/// event is here.
#[must_use]
pub fn admit_log(max: u32, is_error: bool) -> bool {
    let admitted = STACK.try_with(|stack| {
        let mut stack = stack.try_borrow_mut().ok()?;
        let trace = stack.iter().rev().find(|frame| frame.is_live())?.id().hi();
        let admit = |tracker: &mut EventTracker| tracker.admit_log(max, is_error);
        let mut frames = stack.iter_mut().filter(|frame| frame.id().hi() == trace);
        frames.find_map(|frame| match frame {
            Frame::Held(tracker) => Some(admit(tracker)),
            Frame::Shared(entry) => entry.tracker().peek(admit),
            Frame::Ids(_) | Frame::Left => None,
        })
    });
    admitted.ok().flatten().unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::shared::SharedTracker;
    use crate::listeners::recorder::Recorder;
    use crate::monitor::Monitor;
    use crate::record::event_value::EventValue;

    #[test]
    fn records_are_counted_at_the_root_of_their_trace() {
        let recorder = Recorder::new();
        let builder = Monitor::builder().health_interval(None);
        let running = builder.listener(recorder.listener()).build().unwrap();
        let monitor = running.monitor();
        let connection = SharedTracker::new(monitor.root("connection")).unwrap();
        connection.clone().enter();
        let mut request = monitor.root("request");
        let mut step = request.child("step");
        request.scope(|| {
            step.scope(|| {
                assert!(admit_log(2, true) && admit_log(2, false));
                assert!(!admit_log(2, false) && !admit_log(2, false));
                // The reserve of errors.
                assert!(admit_log(2, true) && !admit_log(2, true));
                assert!(admit_log(0, false));
            });
        });
        drop((step, request));
        assert!(admit_log(1, false) && !admit_log(1, false));
        connection.exit();
        drop(connection);
        assert!(admit_log(1, false) && admit_log(1, false));
        let events = recorder.wait_for(3);
        let numbers = |at: usize| {
            let get = |name| match events[at].as_event().get(name) {
                Some(EventValue::U64(number)) => number,
                _ => 0,
            };
            [get("logs"), get("log-errors"), get("logs-omitted")]
        };
        assert_eq!((numbers(0), numbers(1)), ([0, 0, 0], [4, 3, 3]));
        assert_eq!(numbers(2), [1, 0, 1]);
    }
}
