//! Events of calls, for every way in which a call can end, over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod answers;
mod connections;
mod endings;
mod failures;
mod hostile;
mod over_reqwest;
mod over_tls;
mod over_tower;
mod rig;
mod site;
