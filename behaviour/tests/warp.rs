//! warp answers to the list.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what tests share fails as they do"
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
