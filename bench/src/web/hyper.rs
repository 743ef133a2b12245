//! Hello world by hyper, with nothing above it.

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
use crate::subject::gomon;

/// It, and ways to watch it.
pub const HYPER: Framework = Framework {
    name: "hyper",
    most: 0.7,
    least: 0.97,
    servers: &[
        ("bare", |listener| {
            on_tokio(listener, |listener| accept(listener, service_fn(hello)))
        }),
        (gomon::SUBJECT.name, |listener| {
            (gomon::SUBJECT.prepare)()?;
            let service = MonitoringService::new(service_fn(hello));
            on_tokio(listener, |listener| accept(listener, service))
        }),
        ("gomon, gomon_http::serve", |listener| {
            (gomon::SUBJECT.prepare)()?;
            on_tokio(listener, async |listener| {
                // It ends with this process.
                drop(gomon_http::serve(listener, service_fn(hello)).await);
            })
        }),
        ("bare, a service of tower", |listener| {
            let service = tower::service_fn(hello);
            let service = TowerToHyperService::new(service);
            on_tokio(listener, |listener| accept(listener, service))
        }),
        ("gomon, a layer of tower", |listener| {
            (gomon::SUBJECT.prepare)()?;
            let service = ServiceBuilder::new()
                .layer(MonitoringLayer::new())
                .service_fn(hello);
            let service = TowerToHyperService::new(service);
            on_tokio(listener, |listener| accept(listener, service))
        }),
    ],
};

async fn hello<B>(_: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::from("Hello, World!")))
}

/// As hyper's users write it.
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
            // How a connection ends is its client's to see.
            drop(connection.await);
        });
    }
}
