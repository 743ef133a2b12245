//! The route of the request at hand, for those who alone know it.

use crate::server::Route;

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
