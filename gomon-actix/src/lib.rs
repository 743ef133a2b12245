#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod body;
mod future;
mod headers;
mod middleware;
mod payload;
mod request;
mod response;
mod routes;
mod service;
mod template;

pub use body::MonitoredBody;
pub use future::ResponseFuture;
pub use middleware::MonitoringMiddleware;
pub use service::MonitoringService;

pub use gomon_http::{HttpConfig, TracePolicy};
