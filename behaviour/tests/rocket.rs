//! Rocket answers to the list.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what tests share fails as they do"
)]

#[path = "subjects/rocket.rs"]
mod subject;

use subject::RocketSubject;

const ROCKET: RocketSubject = RocketSubject { wrapped: true };
const FAIRING_ALONE: RocketSubject = RocketSubject { wrapped: false };

#[test]
fn rocket_behaves() {
    behaviour::run(&ROCKET);
}

#[test]
fn rocket_with_the_fairing_alone_behaves() {
    behaviour::run(&FAIRING_ALONE);
}

#[test]
fn requests_end_though_their_clients_vanish() {
    behaviour::vanish(&ROCKET, 600);
}

#[test]
fn requests_end_with_the_fairing_alone_though_their_clients_vanish() {
    behaviour::vanish(&FAIRING_ALONE, 600);
}

#[test]
fn distinct_paths_are_one_route() {
    behaviour::distinct_paths(&ROCKET, 4_000);
}
