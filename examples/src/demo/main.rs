//! A small monitored shop that sends requests of every kind to itself and prints their events.
//!
//! Events go to standard output, everything else to standard error.

mod flags;
mod goods;
mod report;
mod shop;
mod visitors;
mod warehouse;

use std::process::ExitCode;
use std::time::Duration;

use gomon_core::{LogListener, Monitor};
use gomon_http::{HttpConfig, TracePolicy};
use gomon_sqlx::SqlProfile;
use tokio::net::TcpListener;

use crate::flags::Flags;
use crate::goods::Goods;
use crate::warehouse::Warehouse;

#[tokio::main]
async fn main() -> ExitCode {
    match Flags::parse(std::env::args().skip(1)) {
        Ok(flags) => match run(&flags).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                report::line(&format!("demo: {error}"));
                ExitCode::FAILURE
            }
        },
        Err(usage) => {
            report::line(&usage);
            ExitCode::from(2)
        }
    }
}

async fn run(flags: &Flags) -> Result<(), Box<dyn std::error::Error>> {
    let address = format!("127.0.0.1:{}", flags.port);
    let listener = TcpListener::bind(&address).await.map_err(|error| {
        format!("cannot listen on {address}: {error}; choose another port with `--port N`")
    })?;
    let port = listener.local_addr()?.port();

    // One line is enough: the event holds the details.
    std::panic::set_hook(Box::new(|panic| {
        report::line(&format!("A handler failed: {panic}"));
    }));
    let log = LogListener::stdout();
    let gomon = Monitor::builder()
        .app_id("demo-shop")
        .version(env!("CARGO_PKG_VERSION"))
        .environment("demo")
        .health_interval(None)
        .config(
            // The shop and its warehouse share a trace; calls to the warehouse are attached to the request's event.
            HttpConfig::default()
                .with_trace_policy(TracePolicy::Trust)
                .with_attached_calls(true),
        )
        .listener(if flags.json { log.json() } else { log })
        .start()?;
    let routes = shop::routes(Warehouse::open().await?, Goods::open().await?);
    let server = tokio::spawn(gomon_axum::serve(listener, routes).into_future());

    report::line(&format!(
        "The shop listens on http://127.0.0.1:{port} and sends requests to itself for {} s.",
        flags.visits().as_secs()
    ));
    let visits = visitors::send(port, flags.visits());
    tokio::select! {
        seen = visits => report::line(&format!("{seen}")),
        _ = tokio::signal::ctrl_c() => return finish(&gomon),
    }
    if !flags.once {
        report::suggestions(port);
        tokio::signal::ctrl_c().await?;
    }
    server.abort();
    finish(&gomon)
}

fn finish(gomon: &gomon_core::Running) -> Result<(), Box<dyn std::error::Error>> {
    report::line(&format!("{}", SqlProfile::of(gomon.monitor())));
    let report = gomon.shutdown(Duration::from_secs(5));
    report::health(&report.health);
    Ok(())
}
