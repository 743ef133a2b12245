#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod accept;
mod connection;
mod filters;
mod framework;
mod server;
mod service;

pub use accept::Accept;
pub use filters::{remote, route};
pub use framework::Warp;
pub use server::{Server, serve};
pub use service::service;

pub use gomon_http::{HttpConfig, TracePolicy, set_route};
