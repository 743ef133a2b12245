//! Route of a request.

use gomon_core::adapter::keys;
use gomon_core::{EventValue, current};

/// The route of a request.
///
/// # Examples
///
/// ```
/// use gomon_http::server::Route;
///
/// assert_eq!(Route::Matched("/users/{id}").as_str(), Some("/users/{id}"));
/// assert_eq!(Route::Unmatched.as_str(), Some("<unmatched>"));
/// assert_eq!(Route::Unknown.as_str(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'r> {
    /// The request matched this template.
    Matched(&'r str),
    /// The request matched no template.
    Unmatched,
    /// The request was not routed yet.
    Unknown,
}

impl<'r> Route<'r> {
    /// Returns the value of the field `route`. It is never the path itself: its cardinality is unbounded.
    #[must_use]
    pub fn as_str(self) -> Option<&'r str> {
        match self {
            Self::Matched(template) => Some(template),
            Self::Unmatched => Some("<unmatched>"),
            Self::Unknown => None,
        }
    }

    /// Sets the route on the event of an outer middleware.
    ///
    /// The inner middleware knows the whole template, the outer one at most a part of it.
    pub(super) fn set_on_outer(self) {
        let Self::Matched(template) = self else {
            return;
        };
        current(|tracker| {
            let direction = tracker.get(keys::DIRECTION.name());
            if direction.as_ref().and_then(EventValue::as_str) == Some("incoming") {
                tracker.set(keys::ROUTE, template);
            }
        });
    }
}

/// Sets the route of the current request, for frameworks that have no templates: a hand-written router under hyper, or
/// warp.
///
/// The last call wins. Never pass the raw path: its cardinality is unbounded. Outside a request, and inside a tracker
/// that was opened within one, it does nothing.
///
/// # Examples
///
/// ```
/// use gomon_http::set_route;
///
/// async fn user(id: u64) -> String {
///     set_route("/users/{id}");
///     format!("user {id}")
/// }
/// ```
pub fn set_route(template: &str) {
    Route::Matched(template).set_on_outer();
}

#[cfg(test)]
mod tests {
    use gomon_core::adapter::keys;
    use gomon_core::{Monitor, Recorder};

    use super::*;

    #[test]
    fn route_is_that_of_the_request_alone() {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .listener(recorder.listener())
            .build()
            .unwrap();
        let mut request = running.monitor().root("http-service");
        request.set(keys::DIRECTION, "incoming");
        request.scope(|| {
            set_route("/a");
            set_route("/users/{id}");
            let mut own = running.monitor().tracker("step");
            own.scope(|| set_route("/own"));
        });
        request.finish();
        set_route("/outside");
        let events = recorder.wait_for(2);
        let event = events.last().unwrap().as_event();
        let route = event
            .get("route")
            .and_then(|route| route.as_str().map(str::to_owned));
        assert_eq!(route.as_deref(), Some("/users/{id}"));
    }
}
