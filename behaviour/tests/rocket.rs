//! The suite against Rocket.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test helper fails by panicking"
)]

#[path = "subjects/rocket.rs"]
mod subject;

use subject::RocketSubject;

const ROCKET: RocketSubject = RocketSubject { wrapped: true };
const FAIRING_ONLY: RocketSubject = RocketSubject { wrapped: false };

#[test]
fn rocket_behaves() {
    behaviour::run(&ROCKET);
}

#[test]
fn rocket_with_the_fairing_only_behaves() {
    behaviour::run(&FAIRING_ONLY);
}

#[test]
fn requests_end_though_their_clients_vanish() {
    behaviour::vanish(&ROCKET, 600);
}

#[test]
fn requests_end_with_the_fairing_only_though_their_clients_vanish() {
    behaviour::vanish(&FAIRING_ONLY, 600);
}

#[test]
fn distinct_paths_are_one_route() {
    behaviour::distinct_paths(&ROCKET, 4_000);
}
