#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unreachable,
    reason = "a test driver reports by panicking and printing"
)]

mod answer;
mod case;
mod cases;
mod expect;
mod h1;
mod h2;
mod json;
mod ledger;
mod mix;
mod page;
mod paths;
mod quiet;
mod reply;
mod run;
mod schema;
mod script;
mod site;
mod stage;
mod subject;
mod vanish;
mod wait;

pub use page::Page;
pub use paths::distinct_paths;
pub use reply::{Reply, ReplyBody};
pub use run::run;
pub use site::Site;
pub use subject::{Deviation, Monitoring, Server, Setup, Subject};
pub use vanish::{vanish, vanish_from_another_process};

/// Compiles the examples of the workspace's README and of its pages.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[doc = include_str!("../../docs/configuration.md")]
#[doc = include_str!("../../docs/operations.md")]
#[doc = include_str!("../../docs/redaction.md")]
#[doc = include_str!("../../docs/testing.md")]
struct Pages;
