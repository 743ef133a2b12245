//! Hello-world servers of actix.

use std::io;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, rt, web};
use gomon_actix::MonitoringMiddleware;

use super::Framework;
use crate::Result;
use crate::request::BODY;
use crate::subject::gomon;

/// The server, bare and monitored.
pub const ACTIX: Framework = Framework {
    name: "actix",
    max_beyond_bare: 0.7,
    min_rate: 0.97,
    servers: &[
        ("bare", |listener| {
            let app = || App::new().route("/hello", web::get().to(hello));
            run(move || Ok(HttpServer::new(app).listen(listener)?.run()))
        }),
        (gomon::SUBJECT.name, |listener| {
            let app = || {
                App::new()
                    .route("/hello", web::get().to(hello))
                    .wrap(MonitoringMiddleware::new())
            };
            run(move || Ok(HttpServer::new(app).listen(listener)?.run()))
        }),
    ],
};

async fn hello() -> &'static str {
    BODY
}

fn run(start: impl FnOnce() -> io::Result<Server>) -> Result<()> {
    Ok(rt::System::new().block_on(async { start()?.await })?)
}
