//! A hello server on warp, monitored by `gomon_warp::serve`. The handler adds a child event and a field.
//!
//! Run `cargo run -p examples --features warp --bin warp`, then `curl http://127.0.0.1:12345/hello/you`.

use std::time::Duration;

use gomon_core::{Key, LogListener, Monitor, current, tracker};
use warp::Filter;

const GREETED: Key<'static> = Key::new("greeted");

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gomon = Monitor::builder()
        .app_id("hello")
        .listener(LogListener::stdout())
        .start()?;
    let routes = warp::path!("hello" / String)
        .and(gomon_warp::route("/hello/{name}"))
        .and(warp::get())
        .then(hello);
    gomon_warp::serve(routes)
        .bind(([127, 0, 0, 1], 12345))
        .await
        .graceful(async { drop(tokio::signal::ctrl_c().await) })
        .run()
        .await;
    gomon.shutdown(Duration::from_secs(5));
    Ok(())
}

async fn hello(name: String) -> String {
    let greeting = tracker("greeting");
    tokio::task::yield_now().await;
    greeting.finish();
    current(|request| request.set(GREETED, true));
    format!("hello, {name}\n")
}
