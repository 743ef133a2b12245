#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(feature = "serve")]
mod accept;
mod body;
pub mod client;
mod client_address;
mod config;
#[cfg(feature = "serve")]
mod connections;
mod counted_body;
mod ending;
mod exchange;
mod facts;
mod framework;
mod future;
mod header_name;
mod headers;
mod inline_text;
mod layer;
mod noted;
mod opening;
mod pattern;
mod request;
mod request_watch;
mod response;
mod response_watch;
mod sample;
#[cfg(feature = "serve")]
mod serve;
pub mod server;
mod service;
mod set_route;
mod trace_policy;
mod unquoted;
mod watch;

#[cfg(feature = "serve")]
pub use accept::Accept;
pub use body::MonitoredBody;
#[cfg(feature = "hyper-util")]
pub use client::client;
pub use config::HttpConfig;
pub use framework::PeerAddress;
pub use future::ResponseFuture;
pub use layer::MonitoringLayer;
#[cfg(feature = "serve")]
pub use serve::{Serve, serve};
pub use service::MonitoringService;
pub use set_route::set_route;
pub use trace_policy::TracePolicy;
