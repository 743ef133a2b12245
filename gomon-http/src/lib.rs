#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod body;
pub mod client;
mod config;
mod ending;
mod exchange;
mod future;
mod headers;
mod inline_text;
mod panics;
mod pattern;
mod protocol;
mod request_size;
mod response;
mod sample;
pub mod server;
mod setup;
mod unquoted;
mod watch;

#[cfg(feature = "hyper-util")]
pub use client::client;
pub use config::{HttpConfig, TracePolicy};
pub use server::layer::MonitoringLayer;
pub use server::route::set_route;
#[cfg(feature = "serve")]
pub use server::serve::serve;
