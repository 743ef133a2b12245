//! Spans and lines of `tracing` as events: a request, its steps, and what they log.
//!
//! Run `cargo run -p examples --features tracing --bin tracing`.

use std::time::Duration;

use gomon_core::{LogListener, Monitor, tracker};
use tracing::{info, instrument, warn};
use tracing_subscriber::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gomon = Monitor::builder()
        .app_id("shop")
        .listener(LogListener::stdout())
        .start()?;
    tracing_subscriber::registry()
        .with(gomon_log::layer())
        .init();

    let mut request = gomon.monitor().root("request");
    request.scope(|| checkout("visitor-7", 3));
    request.finish();

    gomon.shutdown(Duration::from_secs(5));
    Ok(())
}

#[instrument]
fn checkout(visitor: &str, amount: u32) {
    info!("cart has {amount} goods");
    // A tracker below the span, and a line below the tracker.
    tracker("stock").scope(|| warn!(left = 2, "stock is low"));
    if let Err(error) = pay(visitor) {
        warn!(error = %error, token = "tk-1234", "not paid");
    }
}

#[instrument(err)]
fn pay(visitor: &str) -> Result<(), std::num::ParseIntError> {
    visitor.parse::<u32>().map(|_| ())
}
