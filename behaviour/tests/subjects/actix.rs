//! actix-web application under test.

use actix_web::body::SizedStream;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Bytes, Payload, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, Resource, guard, rt};
use behaviour::{Deviation, Page, Reply, Server, Setup, Site, Subject};
use gomon_actix::MonitoringMiddleware;
use tokio::sync::oneshot::Receiver;

/// Serves an application in actix's runtime until it is stopped.
///
/// A macro, because a function would repeat all bounds of `HttpServer`.
macro_rules! serve {
    ($app:expr) => {
        behaviour::Server::on_thread(move |listener, stop| {
            let server = actix_web::HttpServer::new($app)
                .workers(2)
                .disable_signals()
                .shutdown_timeout(0)
                .listen_auto_h2c(listener)
                .expect("a listener for actix")
                .run();
            run_until(server, stop);
        })
    };
}

/// An application with the middleware applied `wraps` times.
pub(crate) struct Actix {
    pub(crate) wraps: usize,
}

impl Subject for Actix {
    fn name(&self) -> &'static str {
        match self.wraps {
            1 => "actix",
            _ => "actix wrapped twice",
        }
    }

    fn fingerprint(&self) -> &'static str {
        "actix-handle"
    }

    fn deviations(&self) -> &'static [Deviation] {
        &[
            Deviation::HandlerOutlivesClient,
            Deviation::LossBeforeHeadUnseen,
            Deviation::OnlyWebSocketUpgrades,
            Deviation::BodyAfterNotModified,
            Deviation::NoTrailers,
        ]
    }

    fn start(&self, setup: Setup) -> Server {
        let Setup { site, monitoring } = setup;
        let middleware = monitoring.map(|monitoring| {
            MonitoringMiddleware::new()
                .with_monitor(monitoring.monitor)
                .with_config(monitoring.config)
        });
        match (middleware, self.wraps) {
            (None, _) => serve!(move || App::new().configure(pages(&site))),
            (Some(middleware), 1) => {
                serve!(move || { App::new().configure(pages(&site)).wrap(middleware.clone()) })
            }
            (Some(middleware), _) => serve!(move || {
                App::new()
                    .configure(pages(&site))
                    .wrap(middleware.clone())
                    .wrap(middleware.clone())
            }),
        }
    }
}

fn run_until(server: actix_web::dev::Server, stop: Receiver<()>) {
    rt::System::new().block_on(async {
        let handle = server.handle();
        let server = rt::spawn(server);
        // A dropped sender means stop as well.
        let _ = stop.await;
        handle.stop(false).await;
        server
            .await
            .expect("the server ends")
            .expect("actix serves until it is stopped");
    });
}

/// Registers every page, the nested one in a scope.
fn pages(site: &Site) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        for page in Page::all().filter(|page| *page != Page::Nested) {
            config.service(resource(page, page.path(), site));
        }
        let nested = resource(Page::Nested, "/b/{id}", site);
        config.service(web::scope("/nested/{x}").service(nested));
    }
}

fn resource(page: Page, path: &str, site: &Site) -> Resource {
    let resource = web::resource(path);
    match page {
        Page::Echo => {
            resource.route(web::post().to(async |body: Bytes| response(Reply::echo(body))))
        }
        Page::Upgrade => resource.route(web::get().to(upgrade)),
        page => {
            let method: Method = page.method().parse().expect("a method");
            let is_own = guard::Any(guard::Method(method.clone()));
            let route = web::route().guard(match method {
                Method::GET => is_own.or(guard::Head()),
                _ => is_own,
            });
            let site = site.clone();
            resource.route(route.to(move |request: HttpRequest| {
                let answer = site.clone().answer(page, request.path().to_owned());
                async { response(answer.await) }
            }))
        }
    }
}

fn response(reply: Reply) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).expect("a status");
    let mut response = HttpResponse::build(status);
    let mut declared = None;
    for (name, value) in reply.headers {
        // actix ignores the header and uses the size of the body.
        if name == "content-length" {
            declared = value.parse().ok();
        } else {
            response.append_header((name, value));
        }
    }
    match (reply.body.exact(), declared) {
        (Some(bytes), _) => response.body(bytes),
        (None, Some(length)) => response.body(SizedStream::new(length, reply.body.into_data())),
        (None, None) => response.streaming(reply.body.into_data()),
    }
}

async fn upgrade(payload: Payload) -> HttpResponse {
    HttpResponse::SwitchingProtocols()
        .upgrade("websocket")
        .streaming(payload)
}
