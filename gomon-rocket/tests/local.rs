//! Requests of a `LocalClient`, which run in the task of the test.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod site;

use gomon_core::{Outcome, Running, current};
use gomon_rocket::{MonitoredRoutes, MonitoringFairing};
use rocket::http::Status;
use rocket::local::{asynchronous, blocking};
use rocket::{Build, Rocket, Route, State, get, routes};
use site::{child, monitor, rocket, text};
use tokio::sync::Barrier;

#[get("/alone")]
async fn alone() -> &'static str {
    tokio::task::yield_now().await;
    child("alone");
    "alone"
}

/// Waits for a second request, so that both are in their handlers.
#[get("/twins/<number>")]
async fn twin(number: u8, both: &State<Barrier>) -> String {
    both.wait().await;
    let found = current(|request| {
        let url = request
            .get("url")
            .and_then(|url| url.as_map()?.get("path")?.as_str().map(str::to_owned));
        url == Some(format!("/twins/{number}"))
    });
    both.wait().await;
    format!("{found:?}")
}

fn monitored(running: &Running, routes: impl Into<Vec<Route>>) -> Rocket<Build> {
    let fairing = MonitoringFairing::new().with_monitor(running.monitor());
    rocket()
        .attach(fairing)
        .manage(Barrier::new(2))
        .mount("/", routes)
}

/// The findings of the handlers of two requests in one task.
async fn twins(routes: impl Into<Vec<Route>>) -> [String; 2] {
    let (running, recorder) = monitor();
    let client = asynchronous::Client::tracked(monitored(&running, routes))
        .await
        .unwrap();
    let answers = tokio::spawn(async move {
        let (one, other) = (client.get("/twins/1"), client.get("/twins/2"));
        let (one, other) = tokio::join!(one.dispatch(), other.dispatch());
        [
            one.into_string().await.unwrap(),
            other.into_string().await.unwrap(),
        ]
    });
    let answers = answers.await.unwrap();
    let events = recorder.wait_for(2);
    assert!(
        events
            .iter()
            .all(|event| event.as_event().outcome() == Outcome::Ok)
    );
    answers
}

#[tokio::test]
async fn wrapped_handlers_find_their_request_beside_others_in_one_task() {
    let answers = twins(MonitoredRoutes::new(routes![twin])).await;
    assert_eq!(answers, ["Some(true)", "Some(true)"]);
}

#[tokio::test]
async fn handlers_in_one_task_find_no_request_rather_than_that_of_another() {
    assert_eq!(twins(routes![twin]).await, ["None", "None"]);
}

#[tokio::test]
async fn request_ends_with_its_body_though_the_guard_went_before() {
    let (running, recorder) = monitor();
    let routes = MonitoredRoutes::new(routes![alone]);
    let client = asynchronous::Client::tracked(monitored(&running, routes))
        .await
        .unwrap();
    let response = client.get("/alone").dispatch().await;
    assert_eq!(response.status(), Status::Ok);
    assert_eq!(running.monitor().health().open, 1);
    assert_eq!(response.into_string().await.unwrap(), "alone");
    assert_eq!(running.monitor().health().open, 0);
    let events = recorder.wait_for(2);
    assert_eq!(
        events[0].as_event().parent(),
        Some(events[1].as_event().id())
    );
    assert_eq!(events[1].as_event().outcome(), Outcome::Ok);
}

/// Each request ends with its own response, although clones of it still exist.
async fn dispatch_clones(client: &asynchronous::Client, running: &Running) {
    let first = client.get("/alone");
    let (second, _third) = (first.clone(), first.clone());
    for request in [first, second] {
        let response = request.dispatch().await;
        assert_eq!(running.monitor().health().open, 1);
        assert_eq!(response.into_string().await.unwrap(), "alone");
        assert_eq!(running.monitor().health().open, 0);
    }
    let first = client.head("/alone");
    let second = first.clone();
    for request in [first, second] {
        drop(request.dispatch().await);
        assert_eq!(running.monitor().health().open, 0);
    }
}

#[tokio::test]
async fn clones_of_a_request_are_separate_requests() {
    let wrapped: Vec<Route> = MonitoredRoutes::new(routes![alone]).into();
    for routes in [wrapped, routes![alone]] {
        let (running, recorder) = monitor();
        let client = asynchronous::Client::tracked(monitored(&running, routes))
            .await
            .unwrap();
        let work = async move { dispatch_clones(&client, &running).await };
        tokio::spawn(work).await.unwrap();
        let events = recorder.wait_for(8);
        assert_eq!(events.len(), 8);
        for pair in events.chunks(2) {
            let (child, request) = (pair[0].as_event(), pair[1].as_event());
            assert_eq!(request.fingerprint(), "rocket-handle");
            assert_eq!(request.outcome(), Outcome::Ok);
            assert_eq!(child.parent(), Some(request.id()));
        }
    }
}

#[tokio::test]
async fn response_that_is_not_read_is_cancelled_at_the_head() {
    let (running, recorder) = monitor();
    let client = asynchronous::Client::tracked(monitored(&running, routes![alone]))
        .await
        .unwrap();
    drop(client.get("/alone").dispatch().await);
    let events = recorder.wait_for(1);
    let request = events.last().unwrap();
    assert_eq!(request.as_event().outcome(), Outcome::Cancelled);
    assert_eq!(text(request, "aborted"), "head");
}

#[test]
fn blocking_client_is_watched_too() {
    let (running, recorder) = monitor();
    let routes = MonitoredRoutes::new(routes![alone]);
    let client = blocking::Client::tracked(monitored(&running, routes)).unwrap();
    assert_eq!(
        client.get("/alone").dispatch().into_string().unwrap(),
        "alone"
    );
    let events = recorder.wait_for(2);
    assert_eq!(
        events[0].as_event().parent(),
        Some(events[1].as_event().id())
    );
    assert_eq!(text(&events[1], "route"), "/alone");
}
