#![doc = include_str!("../README.md")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod readme_table;
mod test_monitor;

pub use readme_table::ReadmeTable;
pub use test_monitor::TestMonitor;
