//! Accounting under load: each line is recorded, omitted or dropped, and counted.
//!
//! `GOMON_STRESS=1 cargo test --release --all-features --test stress` runs it at full counts.
#![cfg(test)]

use std::fmt::{Debug, Formatter, Result};
use std::panic::panic_any;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use gomon_core::{Event, EventValue, Monitor, listener};
use tracing::{error, info, info_span};
use tracing_subscriber::prelude::*;

const THREADS: u64 = 8;
const LINES: u64 = 625;
/// The default limit of a request.
const RECORDED: u64 = 500;
const PATIENCE: Duration = Duration::from_secs(60);

static LOCK: Mutex<()> = Mutex::new(());
static OMITTED: AtomicU64 = AtomicU64::new(0);
static RECEIVED: AtomicU64 = AtomicU64::new(0);

/// A value whose `Debug` logs, takes a lock, fails or panics.
struct Hostile(u64);

impl Debug for Hostile {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 % 400 {
            0 => panic_any("planned"),
            1..100 => Err(std::fmt::Error),
            100..200 => {
                let _held = LOCK.lock().unwrap();
                f.write_str("locked")
            }
            _ => {
                error!(value = ?self, "inside");
                info_span!("inside", value = ?self).in_scope(|| f.write_str("logged"))
            }
        }
    }
}

fn requests() -> u64 {
    match std::env::var_os("GOMON_STRESS") {
        Some(_) => 1_000_000 / THREADS / LINES,
        None => 8,
    }
}

fn request(monitor: Monitor, number: u64) {
    monitor.root("request").scope(|| {
        for line in 0..LINES {
            let seed = number * LINES + line;
            match line % 8 {
                0 => info!(value = ?Hostile(seed), "hostile"),
                1 => info_span!("span", line).in_scope(|| info!("inside {seed}")),
                // Holds the lock that `Debug` takes on other threads.
                2 => {
                    let _held = LOCK.lock().unwrap();
                    info!(line, "locked");
                }
                _ => info!(line, name = "a name", "line {line} of {number}"),
            }
        }
    });
}

#[test]
fn each_line_of_eight_threads_is_accounted_for() {
    let counts = |event: &Event<'_>| {
        if event.fingerprint() == "tracing-event" {
            RECEIVED.fetch_add(1, Relaxed);
        }
        if let Some(EventValue::U64(omitted)) = event.get("logs-omitted") {
            OMITTED.fetch_add(omitted, Relaxed);
        }
    };
    let builder = Monitor::builder().health_interval(None).memory(64 << 20);
    let running = builder
        .listener(listener::from_fn("counts", counts))
        .start()
        .unwrap();
    let monitor = running.monitor();
    tracing_subscriber::registry()
        .with(gomon_log::layer())
        .init();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.payload().is::<&str>() {
            hook(panic);
        }
    }));

    thread::scope(|threads| {
        for thread in 0..THREADS {
            threads.spawn(move || {
                (0..requests()).for_each(|number| request(monitor, thread * requests() + number));
            });
        }
    });

    let report = running.shutdown(PATIENCE);
    let health = &report.health;
    let requests = THREADS * requests();
    // Every eighth line is in its own span.
    let spans = requests * (LINES / 8);
    assert_eq!(health.open, 0);
    assert_eq!(health.produced, 1 + requests * (1 + RECORDED) + spans);
    let [counts] = &health.listeners[..] else {
        panic!("one listener: {health:?}");
    };
    assert_eq!(counts.delivered + counts.dropped.total(), health.produced);
    if counts.dropped.total() == 0 {
        assert_eq!(RECEIVED.load(Relaxed), requests * RECORDED);
        assert_eq!(OMITTED.load(Relaxed), requests * (LINES - RECORDED));
    }
    println!(
        "{} lines, {} events, {} dropped",
        requests * LINES,
        health.produced,
        counts.dropped.total()
    );
}
