//! A hello server on axum, monitored by one line. The handler adds a child event and a field.
//!
//! Run `cargo run -p examples --features axum --bin axum`, then `curl http://127.0.0.1:12345/hello`.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use gomon_axum::MonitoringLayer;
use gomon_core::{Key, LogListener, Monitor, current, tracker};
use tokio::net::TcpListener;

const GREETED: Key<'static> = Key::new("greeted");

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gomon = Monitor::builder()
        .app_id("hello")
        .listener(LogListener::stdout())
        .start()?;
    let app = Router::new()
        .route("/hello", get(hello))
        .layer(MonitoringLayer::new());
    axum::serve(TcpListener::bind("127.0.0.1:12345").await?, app)
        .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
        .await?;
    gomon.shutdown(Duration::from_secs(5));
    Ok(())
}

async fn hello() -> &'static str {
    let greeting = tracker("greeting");
    tokio::task::yield_now().await;
    greeting.finish();
    current(|request| request.set(GREETED, true));
    "hello, world\n"
}
