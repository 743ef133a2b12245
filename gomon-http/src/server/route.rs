//! The route of a request: what a router or the handler knows about it.

use gomon_core::{EventValue, current, keys};

/// What a router says of a request.
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
    /// It matched this template.
    Matched(&'r str),
    /// It matched none.
    Unmatched,
    /// Nobody routed it yet.
    Unknown,
}

impl<'r> Route<'r> {
    /// The field `route`: never the path itself, of which there is no end.
    #[must_use]
    pub fn as_str(self) -> Option<&'r str> {
        match self {
            Self::Matched(template) => Some(template),
            Self::Unmatched => Some("<unmatched>"),
            Self::Unknown => None,
        }
    }

    /// Tells the route to the middleware around this one, which records the request: an inner one knows the whole
    /// template, an outer one saw at most what led to it.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_http::server::Route::Matched("/users/{id}").tell_outer();
    /// ```
    pub fn tell_outer(self) {
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

/// Says which template the request at hand matched, where its framework cannot know: a router of one's own under hyper,
/// or warp, whose filters have no templates.
///
/// It is the last one said that counts. Never say the path itself, of which there is no end. Outside of a request, and in
/// a tracker of one's own within it, it does nothing.
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
    Route::Matched(template).tell_outer();
}

#[cfg(test)]
mod tests {
    use gomon_core::{Monitor, Recorder, keys};

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
            .and_then(|it| it.as_str().map(str::to_owned));
        assert_eq!(route.as_deref(), Some("/users/{id}"));
    }
}
