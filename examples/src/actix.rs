//! A hello server on actix-web, monitored by one line. The handler adds a child event and a field.
//!
//! Run `cargo run -p examples --features actix --bin actix`, then `curl http://127.0.0.1:12345/hello/you`.

use std::time::Duration;

use actix_web::{App, HttpServer, rt, web};
use gomon_actix::MonitoringMiddleware;
use gomon_core::{FutureExt, Key, LogListener, Monitor, current, tracker};

const GREETED: Key<'static> = Key::new("greeted");

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gomon = Monitor::builder()
        .app_id("hello")
        .listener(LogListener::stdout())
        .start()?;
    let app = || {
        App::new()
            .route("/hello/{name}", web::get().to(hello))
            .wrap(MonitoringMiddleware::new())
    };
    HttpServer::new(app).bind("127.0.0.1:12345")?.run().await?;
    gomon.shutdown(Duration::from_secs(5));
    Ok(())
}

async fn hello(name: web::Path<String>) -> String {
    let greeting = tracker("greeting");
    rt::task::yield_now().await;
    greeting.finish();
    current(|request| request.set(GREETED, true));
    rt::spawn(async { tracker("mail").finish() }.in_current());
    format!("hello, {name}\n")
}
