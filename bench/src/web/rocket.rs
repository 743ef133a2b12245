//! Hello-world servers of Rocket.

use std::net::TcpListener;

use gomon_rocket::{MonitoredRoutes, MonitoringFairing};
use rocket::{Build, Config, Rocket, get, routes};
use tokio::runtime::Runtime;

use super::Framework;
use crate::Result;
use crate::request::BODY;
use crate::subject::gomon;

/// The server, bare and monitored.
pub const ROCKET: Framework = Framework {
    name: "rocket",
    max_beyond_bare: 0.7,
    min_rate: 0.97,
    servers: &[
        ("bare", |listener| {
            launch(listener, |rocket| rocket.mount("/", routes![hello]))
        }),
        (gomon::SUBJECT.name, |listener| {
            launch(listener, |rocket| {
                rocket
                    .attach(MonitoringFairing::new())
                    .mount("/", MonitoredRoutes::new(routes![hello]))
            })
        }),
        ("gomon, the fairing alone", |listener| {
            launch(listener, |rocket| {
                rocket
                    .attach(MonitoringFairing::new())
                    .mount("/", routes![hello])
            })
        }),
    ],
};

#[get("/hello")]
async fn hello() -> &'static str {
    BODY
}

/// Runs Rocket, which binds the port itself.
fn launch(listener: TcpListener, build: impl FnOnce(Rocket<Build>) -> Rocket<Build>) -> Result<()> {
    let address = listener.local_addr()?;
    drop(listener);
    let figment = Config::figment()
        .merge(("address", address.ip()))
        .merge(("port", address.port()))
        .merge(("log_level", "off"));
    let rocket = build(rocket::custom(figment));
    drop(Runtime::new()?.block_on(rocket.launch())?);
    Ok(())
}
