//! Many concurrent requests whose clients vanish at any point.

mod clients;

use std::collections::{BTreeSet, HashMap};
use std::env;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use gomon_core::{Event, EventValue, Id, Monitor, Outcome, OwnedEvent, Recorder};
use gomon_http::HttpConfig;

use crate::ledger::{End, Ledger};
use crate::wait::until;
use crate::{Deviation, Page, Setup, Subject, quiet};

/// Environment variable with the server's address, set in the process of the clients.
const CLIENTS: &str = "GOMON_BEHAVIOUR_CLIENTS";
/// Maximum duration of the last handlers.
const HANDLER_TIMEOUT: Duration = Duration::from_secs(120);
/// Maximum time that a tracker may outlive the last handler.
const MAX_DELAY: Duration = Duration::from_secs(1);
/// Large enough that no event is dropped, so that the accounting is exact.
const MEMORY: usize = 1 << 30;

/// Sends `requests` concurrent requests to `subject` from clients that vanish at any point.
///
/// Checks that each request has one event, whose outcome matches what handler and body saw. Also checks that no tracker
/// stays open, and that no child has the wrong parent.
///
/// # Panics
///
/// Panics if a check fails.
pub fn vanish(subject: &dyn Subject, requests: u64) {
    check(subject, |address| clients::run(address, requests));
}

/// Like [`vanish`], with the clients in another process that runs the test `name` of this program.
///
/// # Panics
///
/// Panics if a check or the other process fails.
pub fn vanish_from_another_process(subject: &dyn Subject, requests: u64, name: &str) {
    if let Ok(address) = env::var(CLIENTS) {
        let address = address.parse().expect("an address");
        for number in clients::run(address, requests) {
            println!("\nwhole {number}");
        }
        return;
    }
    check(subject, |address| {
        let this = env::current_exe().expect("the path of this test");
        let run = Command::new(this)
            .args(["--exact", name, "--nocapture", "--include-ignored"])
            .env(CLIENTS, address.to_string())
            .output()
            .expect("the clients' process");
        assert!(
            run.status.success(),
            "the clients failed: {}",
            String::from_utf8_lossy(&run.stderr)
        );
        let output = String::from_utf8_lossy(&run.stdout);
        output
            .lines()
            .filter_map(|line| line.strip_prefix("whole ")?.parse().ok())
            .collect()
    });
}

/// Starts the subject, runs the clients and checks the events; `clients` returns the requests with complete answers.
fn check(subject: &dyn Subject, clients: impl FnOnce(SocketAddr) -> BTreeSet<u64>) {
    quiet::hide_expected_panics();
    let recorder = Recorder::new();
    let running = Monitor::builder()
        .health_interval(None)
        .memory(MEMORY)
        .listener(recorder.listener())
        .build()
        .expect("a monitor");
    let ledger = Ledger::new(running.monitor());
    let server = subject.start(Setup::monitored(ledger.clone(), HttpConfig::default()));
    let whole = clients(server.address());
    assert!(
        until(HANDLER_TIMEOUT, || ledger.open() == 0),
        "{} handlers are still running",
        ledger.open()
    );
    let closed = until(MAX_DELAY, || running.monitor().health().open == 0);
    assert!(
        closed,
        "{} trackers still open 1 s after the last handler returned",
        running.monitor().health().open
    );
    drop(server);
    assert!(
        running.monitor().flush(HANDLER_TIMEOUT).is_complete(),
        "the flush timed out"
    );
    let dropped = running.monitor().health().listeners[0].dropped;
    assert_eq!(dropped.total(), 0, "events are missing: {dropped:?}");
    let (requests, others): (Vec<_>, Vec<_>) = recorder
        .events()
        .into_iter()
        .skip(1)
        .partition(|event| event.as_event().fingerprint() == subject.fingerprint());
    let has_routes = !subject.deviations().contains(&Deviation::NoRoutes);
    let route = has_routes.then(|| subject.template(Page::Vanish.path()));
    let numbers = of_requests(&requests, &ledger.ends(), &whole, route.as_deref());
    of_children(&others, &numbers);
}

/// Checks that each request has one event with the right outcome, and returns the request numbers by event id.
fn of_requests(
    events: &[OwnedEvent],
    ends: &HashMap<u64, Vec<End>>,
    whole: &BTreeSet<u64>,
    expected_route: Option<&str>,
) -> HashMap<Id, u64> {
    let mut ids = HashMap::new();
    for event in events {
        let json = event.to_json();
        let event = event.as_event();
        let number = number(&event).expect("a path with a number");
        let route = event.get("route").and_then(|route| route.as_str());
        assert_eq!(route, expected_route, "{json}");
        let earlier = ids.insert(number, event.id());
        assert!(earlier.is_none(), "request {number} has two events");
        let ends = ends.get(&number).map(Vec::as_slice);
        let expected = match ends {
            Some([End::Whole]) => Outcome::Ok,
            // Without an end, the request was dropped before its handler was first polled.
            Some([_]) | None => Outcome::Cancelled,
            Some(ends) => panic!("request {number} was handled {} times", ends.len()),
        };
        let outcome = event.outcome();
        assert_eq!(outcome, expected, "request {number} ended {ends:?}: {json}");
    }
    for number in ends.keys() {
        assert!(ids.contains_key(number), "request {number} has no event");
    }
    for number in whole {
        let ends = ends.get(number).map(Vec::as_slice);
        assert_eq!(ends, Some(&[End::Whole][..]), "request {number}");
    }
    ids.into_iter().map(|(number, id)| (id, number)).collect()
}

/// Returns the number at the end of a request's path.
fn number(event: &Event<'_>) -> Option<u64> {
    let url = event.get("url")?.as_map()?;
    url.get("path")?.as_str()?.rsplit('/').next()?.parse().ok()
}

/// Checks that the parent of each child is the request with the same number.
fn of_children(events: &[OwnedEvent], numbers: &HashMap<Id, u64>) {
    for event in events {
        let event = event.as_event();
        let parent = event
            .parent()
            .and_then(|parent| numbers.get(&parent).copied());
        let number = event.get("number").as_ref().and_then(EventValue::as_u64);
        assert_eq!(
            parent,
            number,
            "the parent is another request: {}",
            event.to_owned().to_json()
        );
    }
}
