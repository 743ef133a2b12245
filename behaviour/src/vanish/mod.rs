//! Many requests at once, whose clients vanish at any point.

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
use crate::{Deviation, Monitoring, Page, Setup, Site, Subject, quiet};

/// Tells a process that it is the clients, of whom and how many.
const CLIENTS: &str = "GOMON_BEHAVIOUR_CLIENTS";
/// How long the last handlers may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a tracker may outlive the last handler.
const AFTERWARDS: Duration = Duration::from_secs(1);
/// So much that no event is dropped, and the accounting is exact.
const MEMORY: usize = 1 << 30;

/// Sends `requests` at once to `subject`, whose clients vanish at any point, and holds each event to what its handler and its
/// body saw: one event per request, the outcome right, no tracker open afterwards, no child under another request.
///
/// # Panics
///
/// When it is not so.
pub fn vanish(subject: &dyn Subject, requests: u64) {
    judge(subject, |address| clients::run(address, requests));
}

/// As [`vanish`], with the clients in another process: this test, by its `name`, run again.
///
/// # Panics
///
/// When it is not so, and in the other process.
pub fn vanish_from_another_process(subject: &dyn Subject, requests: u64, name: &str) {
    if let Ok(address) = env::var(CLIENTS) {
        let address = address.parse().expect("an address");
        for number in clients::run(address, requests) {
            println!("\nwhole {number}");
        }
        return;
    }
    judge(subject, |address| {
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
        let told = String::from_utf8_lossy(&run.stdout);
        told.lines()
            .filter_map(|line| line.strip_prefix("whole ")?.parse().ok())
            .collect()
    });
}

/// Starts the subject, lets the clients loose, and judges what is left. They tell whose answers were whole.
fn judge(subject: &dyn Subject, clients: impl FnOnce(SocketAddr) -> BTreeSet<u64>) {
    quiet::expected_panics();
    let recorder = Recorder::new();
    let running = Monitor::builder()
        .health_interval(None)
        .memory(MEMORY)
        .listener(recorder.listener())
        .build()
        .expect("a monitor");
    let monitor = running.monitor();
    let ledger = Ledger::new(monitor);
    let server = subject.start(Setup {
        site: Site::new(monitor, ledger.clone()),
        monitoring: Some(Monitoring {
            monitor,
            config: HttpConfig::default(),
        }),
    });
    let whole = clients(server.address());
    assert!(
        until(PATIENCE, || ledger.open() == 0),
        "{} handlers are at work",
        ledger.open()
    );
    let closed = until(AFTERWARDS, || running.health().open == 0);
    assert!(
        closed,
        "{} trackers are open 1 s after the last handler returned",
        running.health().open
    );
    drop(server);
    assert!(
        running.flush(PATIENCE).is_complete(),
        "the flush did not end"
    );
    let dropped = running.health().listeners[0].dropped;
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

/// One event per request, as it ended; the numbers of the requests by their ids.
fn of_requests(
    events: &[OwnedEvent],
    ends: &HashMap<u64, Vec<End>>,
    whole: &BTreeSet<u64>,
    wanted_route: Option<&str>,
) -> HashMap<Id, u64> {
    let mut by_number: HashMap<u64, Vec<Event<'_>>> = HashMap::new();
    for event in events {
        let event = event.as_event();
        let path = event
            .get("url")
            .and_then(|url| url.as_map())
            .and_then(|url| url.get("path"));
        let number = path.and_then(|path| path.as_str()?.rsplit('/').next()?.parse().ok());
        by_number
            .entry(number.expect("a path with a number"))
            .or_default()
            .push(event);
        let route = event.get("route").and_then(|route| route.as_str());
        assert_eq!(route, wanted_route, "{}", event.to_owned().to_json());
    }
    for (number, ends) in ends {
        let events = by_number.get(number).map(Vec::as_slice).unwrap_or_default();
        let ([end], [event]) = (&ends[..], events) else {
            panic!(
                "request {number} was handled {} times and has {} events",
                ends.len(),
                events.len()
            );
        };
        let wanted = if *end == End::Whole {
            Outcome::Ok
        } else {
            Outcome::Cancelled
        };
        assert_eq!(
            event.outcome(),
            wanted,
            "request {number} ended {end:?}: {}",
            event.to_owned().to_json()
        );
    }
    for (number, events) in &by_number {
        let [event] = &events[..] else {
            panic!("request {number} has {} events", events.len())
        };
        // Dropped before its handler was polled for the first time.
        let unhandled = !ends.contains_key(number) && event.outcome() == Outcome::Cancelled;
        assert!(
            unhandled || ends.contains_key(number),
            "{} was never handled",
            event.to_owned().to_json()
        );
    }
    for number in whole {
        assert_eq!(
            ends.get(number).map(Vec::as_slice),
            Some(&[End::Whole][..]),
            "request {number}"
        );
    }
    by_number
        .into_iter()
        .flat_map(|(number, events)| events.into_iter().map(move |event| (event.id(), number)))
        .collect()
}

/// Each child is under the request whose number it has.
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
            "a foreign parent: {}",
            event.to_owned().to_json()
        );
    }
}
