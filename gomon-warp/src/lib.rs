#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod filters;
mod framework;
mod server;
mod service;

pub use filters::{remote, route};
pub use framework::Warp;
pub use server::{Server, Unbound, serve};
pub use service::service;

pub use gomon_http::server::Accept;
pub use gomon_http::{HttpConfig, TracePolicy, set_route};
