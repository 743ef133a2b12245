//! Fields of the current trackers.

use crate::context::STACK;
use crate::record::event_value::EventValue;
use crate::tracker::EventTracker;

/// Calls `f` with a field of the current tracker, or of the nearest enclosing tracker that has the field.
///
/// A step finds the `route` of its request, for example. `f` may open trackers, but must not enter a scope or record
/// in a tracker.
///
/// # Examples
///
/// ```
/// use gomon_core::adapter::{current_field, keys};
/// use gomon_core::Monitor;
///
/// let running = Monitor::builder().build()?;
/// let mut request = running.monitor().root("http-service");
/// request.set(keys::ROUTE, "/users/{id}");
/// let mut step = request.child("step");
/// let route = request.scope(|| step.scope(|| current_field("route", |route| route.as_str().map(str::to_owned))));
/// assert_eq!(route.flatten().as_deref(), Some("/users/{id}"));
/// # Ok::<(), gomon_core::Error>(())
/// ```
pub fn current_field<R>(name: &str, f: impl FnOnce(EventValue<'_>) -> R) -> Option<R> {
    STACK
        .try_with(|stack| {
            let stack = stack.try_borrow().ok()?;
            let mut f = Some(f);
            let mut found = |tracker: &EventTracker| {
                let value = tracker.get(name)?;
                f.take().map(|f| f(value))
            };
            let mut frames = stack.iter().rev();
            frames.find_map(|frame| frame.with_tracker(&mut found).flatten())
        })
        .ok()?
}

/// Returns the fingerprint of the outermost tracker in scope on this thread.
#[must_use]
pub fn current_origin() -> Option<&'static str> {
    STACK
        .try_with(|stack| {
            let stack = stack.try_borrow().ok()?;
            let origin =
                |tracker: &EventTracker| (!tracker.is_noop()).then(|| tracker.fingerprint());
            let mut frames = stack.iter();
            frames.find_map(|frame| frame.with_tracker(origin).flatten())
        })
        .ok()?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::current;
    use crate::monitor::Monitor;
    use crate::record::keys;

    #[test]
    fn field_of_the_nearest_enclosing_tracker_is_found() {
        let running = Monitor::builder().build().unwrap();
        let mut request = running.monitor().root("request");
        request.set(keys::ROUTE, "/goods");
        let route = || current_field("route", |route| route.as_str().map(str::to_owned)).flatten();
        assert_eq!(route(), None);
        let found = request.scope(|| {
            let mut step = running.monitor().tracker("step");
            (step.scope(route), current(|_| route()).flatten())
        });
        assert_eq!(found, (Some("/goods".to_owned()), None));
        let origin = request.scope(|| running.monitor().tracker("step").scope(current_origin));
        assert_eq!((origin, current_origin()), (Some("request"), None));
    }
}
