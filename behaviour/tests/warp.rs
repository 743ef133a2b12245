//! The suite against warp.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test helper fails by panicking"
)]

#[path = "subjects/warp.rs"]
mod subject;

use subject::Warp;

#[test]
fn warp_behaves() {
    behaviour::run(&Warp);
}

#[test]
fn requests_end_though_their_clients_vanish() {
    behaviour::vanish(&Warp, 600);
}

#[test]
fn distinct_paths_are_one_route() {
    behaviour::distinct_paths(&Warp, 4_000);
}
