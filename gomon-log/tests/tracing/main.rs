//! Spans and events of `tracing`, by one subscriber of the process, as in programs.
//!
//! It is the global one: only with it does `tracing` not guard against recursion. The layer uses the monitor of the
//! current tracker, so that each test has its own.
#![cfg(test)]

mod events;
mod format;
mod hostile;
mod layers;
mod requests;
mod spans;
mod sqlx;
mod tasks;

use std::sync::Once;

use gomon_test::TestMonitor;
use serde_json::Value;
use tracing_subscriber::prelude::*;

/// Returns a monitor of the test, with the subscriber of the process installed.
fn monitor() -> TestMonitor {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(gomon_log::layer());
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
    TestMonitor::new()
}

/// Returns the event with this message.
#[track_caller]
fn named(events: &[Value], message: &str) -> Value {
    let mut found = events.iter().filter(|event| event["message"] == message);
    let (Some(event), None) = (found.next(), found.next()) else {
        panic!("not one {message}: {events:#?}");
    };
    event.clone()
}

/// Asserts that the event called `child` is a child of `parent`.
#[track_caller]
fn assert_child(events: &[Value], child: &str, parent: &str) {
    let (child, parent) = (named(events, child), named(events, parent));
    assert_eq!(child["parent"], parent["id"], "{events:#?}");
    assert_eq!(child["trace"], parent["trace"]);
}
