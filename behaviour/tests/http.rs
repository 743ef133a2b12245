//! The suite against hyper services monitored by `gomon-http`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test helper fails by panicking"
)]

#[path = "subjects/hyper.rs"]
mod subject;

use subject::Hyper;

#[test]
fn tower_under_hyper_behaves() {
    behaviour::run(&Hyper::Layer);
}

#[test]
fn hyper_behaves() {
    behaviour::run(&Hyper::Plain);
}

#[test]
fn serve_behaves() {
    behaviour::run(&Hyper::Serve);
}

#[test]
fn requests_end_though_their_clients_vanish() {
    behaviour::vanish(&Hyper::Layer, 600);
}

#[test]
fn requests_of_hyper_end_though_their_clients_vanish() {
    behaviour::vanish(&Hyper::Plain, 600);
}

#[test]
fn served_requests_end_though_their_clients_vanish() {
    behaviour::vanish(&Hyper::Serve, 600);
}
