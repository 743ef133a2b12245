//! The suite against actix-web.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test helper fails by panicking"
)]

#[path = "subjects/actix.rs"]
mod subject;

use subject::Actix;

#[test]
fn actix_behaves() {
    behaviour::run(&Actix { wraps: 1 });
}

#[test]
fn actix_wrapped_twice_behaves() {
    behaviour::run(&Actix { wraps: 2 });
}

#[test]
fn requests_end_though_their_clients_vanish() {
    behaviour::vanish(&Actix { wraps: 1 }, 600);
}

#[test]
fn distinct_paths_are_one_route() {
    behaviour::distinct_paths(&Actix { wraps: 1 }, 4_000);
}
