//! Conversion of a filter to a service.

use std::convert::Infallible;
use std::error::Error;

use gomon_http::server::{CountedBody, MonitoringService, Setup};
use http::Request;
use http_body::Body;
use tower_service::Service;
use warp::Filter;
use warp::reply::{Reply, Response};

use crate::Warp;

/// Converts a filter to a service like `warp::service` and records each request as an event.
///
/// It accepts requests with any body `B`. Use `.with_config(…)` and `.with_monitor(…)` to change its settings.
///
/// # Examples
///
/// ```
/// use hyper::server::conn::http1;
/// use hyper_util::rt::TokioIo;
/// use hyper_util::service::TowerToHyperService;
/// use tokio::net::TcpStream;
/// use warp::Filter;
///
/// async fn serve(connection: TcpStream) -> hyper::Result<()> {
///     let routes = warp::path!("hello").map(|| "hello, world\n");
///     let service = TowerToHyperService::new(gomon_warp::service(routes));
///     http1::Builder::new().serve_connection(TokioIo::new(connection), service).await
/// }
/// ```
pub fn service<F, B>(
    filter: F,
) -> MonitoringService<
    impl Service<Request<CountedBody<B>>, Response = Response, Error = Infallible, Future: Send> + Clone,
    Warp,
>
where
    F: Filter + Clone,
    F::Extract: Reply,
    B: Body + Send + Sync + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    MonitoringService::with_setup(warp::service(filter), Setup::new())
}
