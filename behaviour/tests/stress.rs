//! The full counts, with `GOMON_STRESS=1`; without it, enough to know that they run.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what tests share fails as they do"
)]

mod subjects;

use subjects::Axum;

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
