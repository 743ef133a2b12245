//! A hello server on Rocket, monitored by a fairing. A wrapper around the routes records panics, and the handler adds a
//! child event and a field.
//!
//! Run `cargo run -p examples --features rocket --bin rocket`, then `curl http://127.0.0.1:12345/hello/you`.

use gomon_core::{Key, LogListener, Monitor, current, tracker};
use gomon_rocket::{MonitoredRoutes, MonitoringFairing};
use rocket::{Config, get, routes};

const GREETED: Key<'static> = Key::new("greeted");

#[get("/hello/<name>")]
async fn hello(name: &str) -> String {
    let greeting = tracker("greeting");
    tokio::task::yield_now().await;
    greeting.finish();
    current(|request| request.set(GREETED, true));
    format!("hello, {name}\n")
}

#[rocket::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _gomon = Monitor::builder()
        .app_id("hello")
        .listener(LogListener::stdout())
        .start()?;
    let config = Config::figment()
        .merge(("port", 12345))
        .merge(("log_level", "off"));
    rocket::custom(config)
        .attach(MonitoringFairing::new())
        .mount("/", MonitoredRoutes::new(routes![hello]))
        .launch()
        .await?;
    Ok(())
}
