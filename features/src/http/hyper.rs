//! A hyper service on any kind of connection.

use std::convert::Infallible;

use gomon_http::server::MonitoringService;
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::rt::{Read, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};

async fn answer(_: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    Ok(Response::new(Empty::new()))
}

/// Serves one connection.
pub async fn serve(io: impl Read + Write + Unpin) -> hyper::Result<()> {
    let service = MonitoringService::new(service_fn(answer));
    http1::Builder::new().serve_connection(io, service).await
}

fn main() {}
