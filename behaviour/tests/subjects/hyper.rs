//! Services under hyper: a tower service, or a plain hyper service.

use std::convert::Infallible;
use std::net::SocketAddr;

use behaviour::{Deviation, Monitoring, Page, Reply, ReplyBody, Server, Setup, Site, Subject};
use gomon_http::MonitoringLayer;
use gomon_http::server::{MonitoringService, PeerAddress};
use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tower::ServiceBuilder;

/// How the service is monitored and served.
pub(crate) enum Hyper {
    /// A layer around a tower service.
    Layer,
    /// A hyper service.
    Plain,
    /// `gomon_http::serve` instead of an accept loop.
    Serve,
}

impl Subject for Hyper {
    fn name(&self) -> &'static str {
        match self {
            Self::Layer => "hyper and tower",
            Self::Plain => "hyper",
            Self::Serve => "gomon_http::serve",
        }
    }

    fn fingerprint(&self) -> &'static str {
        "http-service"
    }

    fn deviations(&self) -> &'static [Deviation] {
        &[Deviation::NoRoutes, Deviation::RequestSizeUnknown]
    }

    fn start(&self, setup: Setup) -> Server {
        let Setup { site, monitoring } = setup;
        let pages = move |request| answer(site.clone(), request);
        let Some(Monitoring { monitor, config }) = monitoring else {
            return serve(service_fn(pages));
        };
        match self {
            Self::Layer => {
                let layer = MonitoringLayer::new()
                    .with_monitor(monitor)
                    .with_config(config);
                let service = ServiceBuilder::new().layer(layer).service_fn(pages);
                serve(TowerToHyperService::new(service))
            }
            Self::Plain => {
                let service = MonitoringService::new(service_fn(pages));
                serve(service.with_monitor(monitor).with_config(config))
            }
            Self::Serve => Server::on_tokio(move |listener| async move {
                let server = gomon_http::serve(listener, service_fn(pages))
                    .with_monitor(monitor)
                    .with_config(config);
                server.await.expect("a server");
            }),
        }
    }
}

fn serve<S, B>(service: S) -> Server
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
    B: http_body::Body<Data: Send, Error: std::error::Error + Send + Sync> + Send + 'static,
{
    Server::on_tokio(move |listener| async move {
        while let Ok((stream, peer)) = listener.accept().await {
            let service = WithPeer {
                service: service.clone(),
                peer,
            };
            tokio::spawn(async move {
                let builder = Builder::new(TokioExecutor::new());
                // Connection errors concern the client only.
                drop(
                    builder
                        .serve_connection_with_upgrades(TokioIo::new(stream), service)
                        .await,
                );
            });
        }
    })
}

/// Adds the peer address to each request.
struct WithPeer<S> {
    service: S,
    peer: SocketAddr,
}

impl<S: Service<Request<Incoming>>> Service<Request<Incoming>> for WithPeer<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn call(&self, mut request: Request<Incoming>) -> S::Future {
        request.extensions_mut().insert(PeerAddress(self.peer));
        self.service.call(request)
    }
}

async fn answer(
    site: Site,
    mut request: Request<Incoming>,
) -> Result<Response<ReplyBody>, Infallible> {
    let path = request.uri().path().to_owned();
    let is_head = request.method() == Method::HEAD;
    let Some(page) = page(&path) else {
        return Ok(response(Reply::text(404, "no such page")));
    };
    if !is_allowed(page, request.method()) {
        return Ok(response(Reply::text(405, "no such method")));
    }
    let reply = match page {
        Page::Echo => match request.into_body().collect().await {
            Ok(body) => Reply::echo(body.to_bytes()),
            Err(_) => Reply::text(400, "the body broke"),
        },
        Page::Upgrade => {
            tokio::spawn(echo(hyper::upgrade::on(&mut request)));
            return Ok(upgraded());
        }
        page => site.answer(page, path).await,
    };
    Ok(response(if is_head { reply.without_body() } else { reply }))
}

/// Returns the page whose template matches the path.
fn page(path: &str) -> Option<Page> {
    let fits = |template: &str| {
        template.split('/').count() == path.split('/').count()
            && template
                .split('/')
                .zip(path.split('/'))
                .all(|(template, own)| template.starts_with('{') || template == own)
    };
    Page::all().find(|page| fits(page.path()))
}

fn is_allowed(page: Page, method: &Method) -> bool {
    method.as_str() == page.method() || method == Method::HEAD && page.method() == "GET"
}

fn response(reply: Reply) -> Response<ReplyBody> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(reply.body).expect("a response")
}

fn upgraded() -> Response<ReplyBody> {
    let response = Response::builder()
        .status(101)
        .header("connection", "upgrade")
        .header("upgrade", "echo");
    response
        .body(Reply::text(200, "").body)
        .expect("a response")
}

async fn echo(upgrade: hyper::upgrade::OnUpgrade) {
    let Ok(stream) = upgrade.await else { return };
    let (mut input, mut output) = tokio::io::split(TokioIo::new(stream));
    // Connection errors concern the client only.
    let _ = tokio::io::copy(&mut input, &mut output).await;
}
