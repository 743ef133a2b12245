//! Rocket application under test.

use std::io::Cursor;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;

use behaviour::{Deviation, Page, Reply, Server, Setup, Site, Subject};
use gomon_rocket::{MonitoredRoutes, MonitoringFairing};
use rocket::data::{IoHandler, IoStream, ToByteUnit as _};
use rocket::fairing::AdHoc;
use rocket::http::{Method, Status};
use rocket::route::{Handler, Outcome};
use rocket::{Build, Config, Data, Request, Response, Rocket, Route, async_trait};
use tokio_util::io::StreamReader;

/// Rocket with the fairing.
pub(crate) struct RocketSubject {
    /// Whether the routes are wrapped.
    pub(crate) wrapped: bool,
}

const DEVIATIONS: &[Deviation] = &[
    Deviation::HandlerOutlivesClient,
    Deviation::WrongMethodIsNotFound,
    Deviation::UnknownMethodUnseen,
    Deviation::NoTrailers,
    Deviation::BrokenBodyLooksComplete,
    Deviation::PanicIsAnswered,
    Deviation::RequestSizeUnknown,
    Deviation::HeadersAreText,
];

const FAIRING_ONLY_DEVIATIONS: &[Deviation] = &[
    Deviation::HandlerOutlivesClient,
    Deviation::WrongMethodIsNotFound,
    Deviation::UnknownMethodUnseen,
    Deviation::NoTrailers,
    Deviation::BrokenBodyLooksComplete,
    Deviation::PanicIsAnswered,
    Deviation::PanicIsAnError,
    Deviation::ExcludedIsRecorded,
    Deviation::RequestSizeUnknown,
    Deviation::HeadersAreText,
];

impl Subject for RocketSubject {
    fn name(&self) -> &'static str {
        match self.wrapped {
            true => "rocket",
            false => "rocket with the fairing only",
        }
    }

    fn fingerprint(&self) -> &'static str {
        "rocket-handle"
    }

    fn template(&self, path: &str) -> String {
        path.replace('{', "<").replace('}', ">")
    }

    fn deviations(&self) -> &'static [Deviation] {
        match self.wrapped {
            true => DEVIATIONS,
            false => FAIRING_ONLY_DEVIATIONS,
        }
    }

    fn start(&self, setup: Setup) -> Server {
        let nested = vec![route(Page::Nested, "/<x>/b/<id>", &setup.site)];
        let flat = Page::all().filter(|page| *page != Page::Nested);
        let flat = flat.map(|page| route(page, &self.template(page.path()), &setup.site));
        let flat: Vec<_> = flat.collect();
        let rocket = rocket();
        serve(match setup.monitoring {
            None => rocket.mount("/", flat).mount("/nested", nested),
            Some(monitoring) => {
                let fairing = MonitoringFairing::new()
                    .with_monitor(monitoring.monitor)
                    .with_config(monitoring.config);
                let rocket = rocket.attach(fairing);
                if self.wrapped {
                    rocket
                        .mount("/", MonitoredRoutes::new(flat))
                        .mount("/nested", MonitoredRoutes::new(nested))
                } else {
                    rocket.mount("/", flat).mount("/nested", nested)
                }
            }
        })
    }
}

/// Returns a silent Rocket on a free loopback port.
fn rocket() -> Rocket<Build> {
    let figment = Config::figment()
        .merge(("address", IpAddr::from(Ipv4Addr::LOCALHOST)))
        .merge(("port", 0))
        .merge(("log_level", "off"))
        .merge(("shutdown.ctrlc", false))
        .merge(("shutdown.signals", [""; 0]));
    rocket::custom(figment)
}

fn serve(rocket: Rocket<Build>) -> Server {
    Server::binding(move |bound, stop| {
        let rocket = rocket.attach(AdHoc::on_liftoff("address", move |rocket| {
            let config = rocket.config();
            // The receiver is dropped only if the test has failed.
            let _ = bound.send(SocketAddr::new(config.address, config.port));
            Box::pin(async {})
        }));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            tokio::select! {
                ended = rocket.launch() => drop(ended.expect("a rocket that flies")),
                _ = stop => {}
            }
        });
    })
}

fn route(page: Page, uri: &str, site: &Site) -> Route {
    let method = if page.method() == "POST" {
        Method::Post
    } else {
        Method::Get
    };
    let site = site.clone();
    Route::new(method, uri, PageHandler { page, site })
}

#[derive(Clone)]
struct PageHandler {
    page: Page,
    site: Site,
}

#[async_trait]
impl Handler for PageHandler {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        let reply = match self.page {
            Page::Upgrade => {
                return Outcome::Success(Response::build().upgrade("echo", Echo).finalize());
            }
            Page::Echo => match data.open(1.mebibytes()).into_bytes().await {
                Ok(body) => Reply::echo(body.into_inner().into()),
                Err(_) => Reply::text(400, "the body broke"),
            },
            page => {
                let path = request.uri().path().as_str().to_owned();
                self.site.clone().answer(page, path).await
            }
        };
        Outcome::Success(response(reply))
    }
}

fn response<'r>(reply: Reply) -> Response<'r> {
    let mut response = Response::build();
    response.status(Status::new(reply.status));
    for (name, value) in reply.headers {
        response.raw_header_adjoin(name, value);
    }
    match reply.body.exact() {
        Some(bytes) if bytes.is_empty() => &mut response,
        Some(bytes) => response.sized_body(bytes.len(), Cursor::new(bytes)),
        None => response.streamed_body(StreamReader::new(Box::pin(reply.body.into_data()))),
    };
    response.finalize()
}

struct Echo;

#[async_trait]
impl IoHandler for Echo {
    async fn io(self: Pin<Box<Self>>, stream: IoStream) -> std::io::Result<()> {
        let (mut input, mut output) = tokio::io::split(stream);
        tokio::io::copy(&mut input, &mut output).await.map(drop)
    }
}
