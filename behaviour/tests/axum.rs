//! The suite against axum, and tests of nested services, fallbacks and merged routers.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test helper fails by panicking"
)]

mod subjects;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use axum::Router;
use axum::routing::get;
use behaviour::Server;
use gomon_axum::MonitoringLayer;
use gomon_core::{Monitor, Recorder};
use subjects::{Axum, serve};

#[test]
fn axum_behaves() {
    behaviour::run(&Axum { layers: 1 });
}

#[test]
fn axum_with_the_layer_twice_behaves() {
    behaviour::run(&Axum { layers: 2 });
}

#[test]
fn requests_end_though_their_clients_vanish() {
    behaviour::vanish(&Axum { layers: 1 }, 600);
}

#[test]
fn distinct_paths_are_one_route() {
    behaviour::distinct_paths(&Axum { layers: 1 }, 4_000);
}

/// Sends a GET for each path and returns the path and route of each event.
fn routes(app: impl FnOnce(MonitoringLayer) -> Router, paths: &[&str]) -> Vec<(String, String)> {
    let recorder = Recorder::new();
    let running = Monitor::builder()
        .listener(recorder.listener())
        .build()
        .unwrap();
    let app = app(MonitoringLayer::new().with_monitor(running.monitor()));
    let server = Server::on_tokio(move |listener| serve(listener, app));
    for path in paths {
        let mut client = TcpStream::connect(server.address()).unwrap();
        write!(
            client,
            "GET {path} HTTP/1.1\r\nhost: site\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        client.read_to_end(&mut Vec::new()).unwrap();
    }
    let text = |value: Option<gomon_core::EventValue<'_>>| {
        value
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    };
    let events = recorder.wait_for(paths.len());
    assert_eq!(events.len(), paths.len());
    let routes = events.iter().map(|event| {
        let event = event.as_event();
        let url = event.get("url").and_then(|url| url.as_map());
        (
            text(url.and_then(|url| url.get("path"))),
            text(event.get("route")),
        )
    });
    routes.collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(path, route)| ((*path).to_owned(), (*route).to_owned()))
        .collect()
}

async fn page() -> &'static str {
    "page"
}

#[test]
fn nested_and_merged_routers_record_the_full_template() {
    let app = |layer| {
        let deep = Router::new().route("/c/{id}", get(page));
        let nested = Router::new().nest("/{b}", deep);
        Router::new()
            .nest("/a", nested)
            .merge(Router::new().route("/merged/{*rest}", get(page)))
            .layer(layer)
    };
    assert_eq!(
        routes(app, &["/a/1/c/2", "/merged/x/y"]),
        pairs(&[
            ("/a/1/c/2", "/a/{b}/c/{id}"),
            ("/merged/x/y", "/merged/{*rest}")
        ]),
    );
}

#[test]
fn fallbacks_are_unmatched() {
    let app = |layer| {
        Router::new()
            .route("/known", get(page))
            .fallback(page)
            .layer(layer)
    };
    assert_eq!(
        routes(app, &["/unknown/1"]),
        pairs(&[("/unknown/1", "<unmatched>")])
    );
}

#[test]
fn nested_services_record_the_original_path() {
    let app = |layer: MonitoringLayer| {
        let inner = Router::new()
            .route("/c/{id}", get(page))
            .layer(layer.clone());
        Router::new().nest_service("/o", inner).layer(layer)
    };
    assert_eq!(routes(app, &["/o/c/7"]), pairs(&[("/o/c/7", "/o/c/{id}")]));
}
