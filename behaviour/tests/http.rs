//! Services under hyper, monitored by `gomon-http`: the smallest subjects.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what tests share fails as they do"
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
