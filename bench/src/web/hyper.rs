//! Hello-world servers of hyper.

use std::convert::Infallible;
use std::error::Error;

use gomon_http::MonitoringLayer;
use gomon_http::server::MonitoringService;
use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tower::ServiceBuilder;

use super::{Framework, on_tokio};
use crate::request::BODY;
use crate::subject::gomon;

/// The server, bare and monitored.
pub const HYPER: Framework = Framework {
    name: "hyper",
    max_beyond_bare: 0.7,
    min_rate: 0.97,
    servers: &[
        ("bare", |listener| {
            on_tokio(listener, |listener| accept(listener, service_fn(hello)))
        }),
        (gomon::SUBJECT.name, |listener| {
            let service = MonitoringService::new(service_fn(hello));
            on_tokio(listener, |listener| accept(listener, service))
        }),
        ("gomon, gomon_http::serve", |listener| {
            on_tokio(listener, |listener| {
                gomon_http::serve(listener, service_fn(hello))
            })
        }),
        ("bare, a service of tower", |listener| {
            let service = tower::service_fn(hello);
            let service = TowerToHyperService::new(service);
            on_tokio(listener, |listener| accept(listener, service))
        }),
        ("gomon, a layer of tower", |listener| {
            let service = ServiceBuilder::new()
                .layer(MonitoringLayer::new())
                .service_fn(hello);
            let service = TowerToHyperService::new(service);
            on_tokio(listener, |listener| accept(listener, service))
        }),
    ],
};

async fn hello<B>(_: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::from(BODY)))
}

/// Accepts connections, like in hyper's examples.
async fn accept<S, B>(listener: tokio::net::TcpListener, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data: Send, Error: Error + Send + Sync> + Send + 'static,
{
    while let Ok((stream, _)) = listener.accept().await {
        let service = service.clone();
        tokio::spawn(async move {
            let http = Builder::new(TokioExecutor::new());
            let connection = http.serve_connection_with_upgrades(TokioIo::new(stream), service);
            // Connection errors concern the client only.
            drop(connection.await);
        });
    }
}
