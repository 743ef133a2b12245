//! Hello-world servers of actix.

use std::any::Any;
use std::thread;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, rt, web};
use gomon_actix::MonitoringMiddleware;

use super::Framework;
use crate::Result;
use crate::subject::gomon;

/// The server, bare and monitored.
pub const ACTIX: Framework = Framework {
    name: "actix",
    most: 0.7,
    least: 0.97,
    servers: &[
        ("bare", |listener| {
            let app = || App::new().route("/hello", web::get().to(hello));
            run(move || Ok(HttpServer::new(app).listen(listener)?.run()))
        }),
        (gomon::SUBJECT.name, |listener| {
            (gomon::SUBJECT.prepare)()?;
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
    "Hello, World!"
}

/// Runs the server on a separate thread until the process ends.
fn run(start: impl FnOnce() -> Result<Server> + Send + 'static) -> Result<Box<dyn Any>> {
    let server = thread::Builder::new()
        .name("actix".to_owned())
        .spawn(move || -> Result<()> {
            rt::System::new().block_on(async { start()?.await.map_err(Into::into) })
        })?;
    Ok(Box::new(server))
}
