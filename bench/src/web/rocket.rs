//! Hello-world servers of Rocket.

use std::any::Any;
use std::net::TcpListener;
use std::sync::mpsc::channel;

use gomon_rocket::{MonitoredRoutes, MonitoringFairing};
use rocket::fairing::AdHoc;
use rocket::{Build, Config, Rocket, get, routes};
use tokio::runtime::Runtime;

use super::Framework;
use crate::Result;
use crate::subject::gomon;

/// The server, bare and monitored.
pub const ROCKET: Framework = Framework {
    name: "rocket",
    most: 0.7,
    least: 0.97,
    servers: &[
        ("bare", |listener| {
            launch(listener, |rocket| rocket.mount("/", routes![hello]))
        }),
        (gomon::SUBJECT.name, |listener| {
            (gomon::SUBJECT.prepare)()?;
            launch(listener, |rocket| {
                rocket
                    .attach(MonitoringFairing::new())
                    .mount("/", MonitoredRoutes::new(routes![hello]))
            })
        }),
        ("gomon, the fairing alone", |listener| {
            (gomon::SUBJECT.prepare)()?;
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
    "Hello, World!"
}

/// Starts Rocket, which binds the port itself, and waits for its liftoff.
fn launch(
    listener: TcpListener,
    build: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
) -> Result<Box<dyn Any>> {
    let address = listener.local_addr()?;
    drop(listener);
    let figment = Config::figment()
        .merge(("address", address.ip()))
        .merge(("port", address.port()))
        .merge(("log_level", "off"));
    let (there, wait) = channel();
    let lifted = AdHoc::on_liftoff("lifted", move |_| {
        // The receiver is dropped only if the process ends.
        let _ = there.send(());
        Box::pin(async {})
    });
    let rocket = build(rocket::custom(figment)).attach(lifted);
    let runtime = Runtime::new()?;
    runtime.spawn(async move { rocket.launch().await.map(drop) });
    wait.recv()?;
    Ok(Box::new(runtime))
}
