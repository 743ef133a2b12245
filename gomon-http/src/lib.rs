#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod body;
mod client_address;
mod config;
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
mod pattern;
mod request;
mod request_watch;
mod response;
mod response_watch;
mod sample;
pub mod server;
mod service;
mod set_route;
mod setup;
mod trace_policy;
mod watch;

pub use body::MonitoredBody;
pub use config::HttpConfig;
pub use framework::PeerAddress;
pub use future::ResponseFuture;
pub use layer::MonitoringLayer;
pub use service::MonitoringService;
pub use set_route::set_route;
pub use trace_policy::TracePolicy;
