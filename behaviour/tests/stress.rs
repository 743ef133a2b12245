//! Stress tests: full counts with `GOMON_STRESS=1`, small counts otherwise.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test helper fails by panicking"
)]

#[path = "subjects/actix.rs"]
mod actix_subject;
#[path = "subjects/hyper.rs"]
mod hyper_subject;
#[path = "subjects/rocket.rs"]
mod rocket_subject;
mod subjects;
#[path = "subjects/warp.rs"]
mod warp_subject;

use actix_subject::Actix;
use hyper_subject::Hyper;
use rocket_subject::RocketSubject;
use subjects::Axum;
use warp_subject::Warp;

fn count(full: u64, small: u64) -> u64 {
    if std::env::var_os("GOMON_STRESS").is_some() {
        full
    } else {
        small
    }
}

#[test]
fn requests_of_another_process_end_though_it_vanishes() {
    let name = "requests_of_another_process_end_though_it_vanishes";
    behaviour::vanish_from_another_process(&Axum { layers: 1 }, count(10_000, 400), name);
}

#[test]
fn a_million_paths_are_one_route() {
    behaviour::distinct_paths(&Axum { layers: 1 }, count(1_000_000, 2_000));
}

#[test]
fn requests_of_another_process_to_warp_end_though_it_vanishes() {
    let name = "requests_of_another_process_to_warp_end_though_it_vanishes";
    behaviour::vanish_from_another_process(&Warp, count(10_000, 400), name);
}

#[test]
fn a_million_paths_in_warp_are_one_route() {
    behaviour::distinct_paths(&Warp, count(1_000_000, 2_000));
}

#[test]
fn requests_of_another_process_to_actix_end_though_it_vanishes() {
    let name = "requests_of_another_process_to_actix_end_though_it_vanishes";
    behaviour::vanish_from_another_process(&Actix { wraps: 1 }, count(10_000, 400), name);
}

#[test]
fn a_million_paths_in_actix_are_one_route() {
    behaviour::distinct_paths(&Actix { wraps: 1 }, count(1_000_000, 2_000));
}

#[test]
fn requests_of_another_process_to_hyper_end_though_it_vanishes() {
    let name = "requests_of_another_process_to_hyper_end_though_it_vanishes";
    behaviour::vanish_from_another_process(&Hyper::Plain, count(10_000, 400), name);
}

#[test]
fn requests_of_another_process_to_tower_end_though_it_vanishes() {
    let name = "requests_of_another_process_to_tower_end_though_it_vanishes";
    behaviour::vanish_from_another_process(&Hyper::Layer, count(10_000, 400), name);
}

#[test]
fn requests_of_another_process_to_serve_end_though_it_vanishes() {
    let name = "requests_of_another_process_to_serve_end_though_it_vanishes";
    behaviour::vanish_from_another_process(&Hyper::Serve, count(10_000, 400), name);
}

#[test]
fn a_million_paths_in_hyper_have_no_route() {
    behaviour::distinct_paths(&Hyper::Plain, count(1_000_000, 2_000));
}

#[test]
fn a_million_paths_in_serve_have_no_route() {
    behaviour::distinct_paths(&Hyper::Serve, count(1_000_000, 2_000));
}

#[test]
fn requests_of_another_process_to_rocket_end_though_it_vanishes() {
    let name = "requests_of_another_process_to_rocket_end_though_it_vanishes";
    let rocket = RocketSubject { wrapped: true };
    behaviour::vanish_from_another_process(&rocket, count(10_000, 400), name);
}

#[test]
fn a_million_paths_in_rocket_are_one_route() {
    let rocket = RocketSubject { wrapped: true };
    behaviour::distinct_paths(&rocket, count(1_000_000, 2_000));
}
