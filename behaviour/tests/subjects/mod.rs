//! axum application under test.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{Method, Response};
use axum::routing::{MethodFilter, MethodRouter, get, on, post};
use behaviour::{Page, Reply, Server, Setup, Site, Subject};
use gomon_axum::MonitoringLayer;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// A router with the layer applied `layers` times.
pub(crate) struct Axum {
    pub(crate) layers: usize,
}

impl Subject for Axum {
    fn name(&self) -> &'static str {
        match self.layers {
            1 => "axum",
            _ => "axum with the layer twice",
        }
    }

    fn fingerprint(&self) -> &'static str {
        "axum-handle"
    }

    fn start(&self, setup: Setup) -> Server {
        let mut app = router(&setup.site);
        if let Some(monitoring) = setup.monitoring {
            let layer = MonitoringLayer::new()
                .with_monitor(monitoring.monitor)
                .with_config(monitoring.config);
            for _ in 0..self.layers {
                app = app.layer(layer.clone());
            }
        }
        Server::on_tokio(move |listener| serve(listener, app))
    }
}

pub(crate) async fn serve(listener: TcpListener, app: Router) {
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app)
        .await
        .expect("axum serves until it is dropped");
}

/// Returns a router of all pages, the nested one in a nested router.
fn router(site: &Site) -> Router {
    let flat = Page::all().filter(|page| *page != Page::Nested);
    let inner = Router::new().route("/b/{id}", method_router(Page::Nested, site));
    flat.fold(Router::new(), |app, page| {
        app.route(page.path(), method_router(page, site))
    })
    .nest("/nested/{x}", inner)
}

fn method_router(page: Page, site: &Site) -> MethodRouter {
    match page {
        Page::Echo => post(|body: Bytes| async { response(Reply::echo(body)) }),
        Page::Upgrade => get(upgrade),
        page => {
            let site = site.clone();
            let filter = MethodFilter::try_from(method(page)).expect("a known method");
            on(filter, move |request: Request| async move {
                response(site.answer(page, request.uri().path().to_owned()).await)
            })
        }
    }
}

fn method(page: Page) -> Method {
    page.method().parse().expect("a method")
}

fn response(reply: Reply) -> Response<Body> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::new(reply.body)).expect("a response")
}

async fn upgrade(mut request: Request) -> Response<Body> {
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(stream) = upgrade.await else { return };
        let (mut input, mut output) = tokio::io::split(TokioIo::new(stream));
        // Connection errors concern the client only.
        let _ = tokio::io::copy(&mut input, &mut output).await;
    });
    let response = Response::builder()
        .status(101)
        .header("connection", "upgrade")
        .header("upgrade", "echo");
    response.body(Body::empty()).expect("a response")
}
