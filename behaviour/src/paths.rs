//! Requests for many distinct unknown paths.

use std::collections::HashSet;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gomon_core::{Event, Monitor, listener};
use gomon_http::HttpConfig;

use crate::ledger::Ledger;
use crate::script::{Script, Watch, get};
use crate::{Deviation, Setup, Subject, h1};

/// Requests per connection.
const BATCH: u64 = 200;
/// Maximum memory growth in bytes, independent of the number of paths.
const MAX_GROWTH: u64 = 48 << 20;

#[derive(Default)]
struct Seen {
    events: u64,
    routes: HashSet<String>,
}

/// Requests `count` distinct unknown paths from `subject`.
///
/// Checks that each request has one event, that all share one route, and that memory is bounded. Subjects without routes
/// record none.
///
/// # Panics
///
/// Panics if a check fails.
pub fn distinct_paths(subject: &dyn Subject, count: u64) {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let recorded = Arc::clone(&seen);
    let fingerprint = subject.fingerprint();
    let feed = move |event: &Event<'_>| {
        if event.fingerprint() != fingerprint {
            return;
        }
        let mut seen = recorded.lock().unwrap_or_else(PoisonError::into_inner);
        seen.events += 1;
        if let Some(route) = event.get("route").and_then(|route| route.as_str())
            && !seen.routes.contains(route)
        {
            seen.routes.insert(route.to_owned());
        }
    };
    let running = Monitor::builder()
        .health_interval(None)
        .listener(listener::from_fn("routes", feed))
        .build()
        .expect("a monitor");
    let ledger = Ledger::new(running.monitor());
    let server = subject.start(Setup::monitored(ledger, HttpConfig::default()));
    let batches = count.div_ceil(BATCH);
    let warm = batches / 10;
    let mut before = None;
    for batch in 0..batches {
        let requests = (0..BATCH)
            .map(|at| get(format!("/nowhere/{}", batch * BATCH + at)))
            .collect();
        let script = Script::Pipeline(requests);
        let answers = h1::play(server.address(), &script, &Watch::NONE);
        assert!(
            answers.iter().all(|answer| answer.status == 404),
            "{answers:?}"
        );
        if batch == warm {
            before = resident_bytes();
        }
    }
    let after = resident_bytes();
    drop(server);
    assert!(
        running
            .monitor()
            .flush(Duration::from_secs(60))
            .is_complete(),
        "the flush timed out"
    );
    if let (Some(before), Some(after)) = (before, after) {
        assert!(
            after.saturating_sub(before) < MAX_GROWTH,
            "the process grew from {before} to {after} bytes"
        );
    }
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let dropped = running.monitor().health().listeners[0].dropped.total();
    assert_eq!(
        seen.events + dropped,
        batches * BATCH,
        "{dropped} events were dropped"
    );
    let has_routes = !subject.deviations().contains(&Deviation::NoRoutes);
    let expected = has_routes.then(|| "<unmatched>".to_owned());
    assert!(
        seen.routes == expected.into_iter().collect(),
        "routes: {:?}",
        seen.routes
    );
}

/// Returns the resident memory of this process, if `/proc` is available.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
