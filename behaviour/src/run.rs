//! Runs the list of cases against a subject.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use gomon_core::{Monitor, Recorder, Running};
use gomon_http::TracePolicy;

use crate::answer::Answer;
use crate::case::{Case, Seen};
use crate::json::EventJson;
use crate::ledger::Ledger;
use crate::script::{Request, Watch, Wire};
use crate::wait::until;
use crate::{Deviation, Monitoring, Server, Setup, Site, Subject, cases, h1, h2, quiet, schema};

/// How long an event may take to come.
const PATIENCE: Duration = Duration::from_secs(10);
/// Cases that run side by side; most of their time they wait.
const WORKERS: usize = 4;

/// Drives `subject` through every case, over HTTP/1.1 and HTTP/2.
///
/// With `GOMON_CASE` in the environment, only through the cases whose name holds its value.
///
/// # Panics
///
/// When a case fails; the message shows, by case, the events beside what was wanted of them.
pub fn run(subject: &dyn Subject) {
    quiet::expected_panics();
    let filter = std::env::var("GOMON_CASE").unwrap_or_default();
    let mut unshown = subject.deviations().to_vec();
    let mut jobs = Vec::new();
    for case in cases::all() {
        for wire in case.wires {
            let (case, shown) = case.clone().deviated(subject.deviations(), *wire);
            unshown.retain(|deviation| !shown.contains(deviation));
            if case.name.contains(&filter) {
                jobs.push((case, *wire));
            }
        }
    }
    assert!(
        unshown.is_empty(),
        "{} declares {unshown:?}, which no case asserts",
        subject.name()
    );
    let failures = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((case, wire)) = jobs.get(next.fetch_add(1, Relaxed)) {
                    let wrong = play(subject, case, *wire);
                    let verdict = if wrong.is_empty() { "ok" } else { "FAILED" };
                    println!(
                        "{} over {}: {} ... {verdict}",
                        subject.name(),
                        wire.proto(),
                        case.name
                    );
                    if !wrong.is_empty() {
                        let told =
                            format!("{} over {}:\n{}", case.name, wire.proto(), wrong.join("\n"));
                        failures
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(told);
                    }
                }
            });
        }
    });
    let failures = failures
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    assert!(
        failures.is_empty(),
        "{}: {} of {} failed\n\n{}\n",
        subject.name(),
        failures.len(),
        jobs.len(),
        failures.join("\n\n"),
    );
}

/// One case over one protocol; what is wrong, a line each.
fn play(subject: &dyn Subject, case: &Case, wire: Wire) -> Vec<String> {
    let stage = Stage::open(subject, case);
    let answers = stage.drive(case, wire);
    let bare = bare(subject, case, wire);
    let (mut wrong, seen) = stage.close(subject, case, wire, answers);
    wrong.extend(compare(case, &seen.answers, &bare));
    for (number, (reaction, answer)) in case.answers.iter().zip(&seen.answers).enumerate() {
        wrong.extend(
            reaction
                .unmet(answer)
                .map(|unmet| format!("  answer {number}: {unmet}")),
        );
    }
    if case.answers.len() > seen.answers.len() {
        wrong.push(format!(
            "  {} answers wanted, there are {:?}",
            case.answers.len(),
            seen.answers
        ));
    }
    if wrong.is_empty() {
        wrong.extend(
            case.checks
                .iter()
                .filter_map(|check| check(&seen).err())
                .map(|told| format!("  {told}")),
        );
    }
    if !wrong.is_empty() {
        for event in seen.requests.iter().chain(&seen.others) {
            wrong.push(format!("  event: {}", pretty(event)));
        }
    }
    wrong
}

/// A monitored server.
struct Stage {
    running: Running,
    recorder: Recorder,
    server: Server,
}

impl Stage {
    fn open(subject: &dyn Subject, case: &Case) -> Self {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .app_id("behaviour")
            .health_interval(None)
            .listener(recorder.listener())
            .build()
            .expect("a monitor");
        let monitor = running.monitor();
        let server = subject.start(Setup {
            site: Site::new(monitor, Ledger::new(monitor)),
            monitoring: Some(Monitoring {
                monitor,
                config: case.config.clone(),
            }),
        });
        Self {
            running,
            recorder,
            server,
        }
    }

    fn drive(&self, case: &Case, wire: Wire) -> Vec<Answer> {
        let watch = Watch {
            at_work: &|| {
                assert!(
                    until(PATIENCE, || self.running.health().open > 0),
                    "no tracker is open"
                );
            },
            gone: &|| {
                assert!(
                    until(PATIENCE, || self.running.health().open == 0),
                    "a tracker stays open"
                );
            },
        };
        drive(&self.server, case, wire, &watch)
    }

    /// Ends it, and holds its events to what was wanted.
    fn close(
        self,
        subject: &dyn Subject,
        case: &Case,
        wire: Wire,
        answers: Vec<Answer>,
    ) -> (Vec<String>, Seen) {
        let Self {
            running,
            recorder,
            server,
        } = self;
        let mut wrong = Vec::new();
        let ended = || {
            let events = recorder.events();
            let of_requests = events
                .iter()
                .filter(|event| event.as_event().fingerprint() == subject.fingerprint());
            of_requests.count() >= case.events.len() && running.health().open == 0
        };
        if !until(PATIENCE, ended) {
            wrong.push(format!(
                "  {} trackers are open after {PATIENCE:?}",
                running.health().open
            ));
        }
        drop(server);
        if !running.flush(PATIENCE).is_complete() {
            wrong.push("  the flush did not end".to_owned());
        }
        let mut events = recorder.events().into_iter();
        let application = events
            .next()
            .map(|event| event.as_event().id().to_string())
            .unwrap_or_default();
        let parsed = events.filter_map(|event| match EventJson::parse(event.to_json()) {
            Ok(event) => Some(event),
            Err(error) => {
                wrong.push(format!("  an event is no JSON object: {error}"));
                None
            }
        });
        let (mut own, others): (Vec<_>, Vec<_>) =
            parsed.partition(|event| event.text("gomon:fp") == subject.fingerprint());
        own.sort_by_key(|event| event.number("gomon:start"));
        let wanted = case.events.len()..=case.events.len() + case.spare;
        if !wanted.contains(&own.len()) {
            wrong.push(format!(
                "  {wanted:?} events of requests wanted, there are {}",
                own.len()
            ));
        }
        let has_routes = !subject.deviations().contains(&Deviation::NoRoutes);
        for event in &own {
            wrong.extend(
                schema::of_request(event, has_routes)
                    .into_iter()
                    .map(|told| format!("  event model: {told}")),
            );
        }
        for event in &others {
            wrong.extend(
                schema::of_any(event)
                    .into_iter()
                    .map(|told| format!("  event model: {told}")),
            );
        }
        let requests = paired(own, case.script.requests());
        for (number, (expect, event)) in case.events.iter().zip(&requests).enumerate() {
            wrong.extend(
                expect
                    .unmet(event)
                    .into_iter()
                    .map(|unmet| format!("  event {number}: {unmet}")),
            );
        }
        if let (Some(request), false) = (case.script.requests().first(), requests.is_empty()) {
            wrong.extend(common(request, wire, &requests[0]));
        }
        if case.config.trace_policy() != TracePolicy::Trust {
            let strays = requests
                .iter()
                .filter(|event| event.text("parent") != application);
            wrong.extend(
                strays.map(|_| "  the application is not the parent of the request".to_owned()),
            );
        }
        (
            wrong,
            Seen {
                answers,
                requests,
                others,
                application,
            },
        )
    }
}

/// What every event says of its request.
fn common(request: &Request, wire: Wire, event: &EventJson) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, wanted) in [
        ("proto", wire.proto()),
        ("method", request.known_method()),
        ("url.host", "site"),
    ] {
        if event.text(path) != wanted {
            wrong.push(format!(
                "  `{path}`: wanted {wanted}, there is {:?}",
                event.at(path)
            ));
        }
    }
    wrong
}

/// Events by request: those that run side by side start in any order.
fn paired(mut events: Vec<EventJson>, requests: &[Request]) -> Vec<EventJson> {
    let mut paired = Vec::new();
    for request in requests {
        let at = events
            .iter()
            .position(|event| event.text("url.path") == request.path())
            .unwrap_or_default();
        if at < events.len() {
            paired.push(events.remove(at));
        }
    }
    paired.extend(events);
    paired
}

/// What the same client sees of a server without monitoring.
fn bare(subject: &dyn Subject, case: &Case, wire: Wire) -> Vec<Answer> {
    let nobody = Monitor::noop();
    let server = subject.start(Setup {
        site: Site::new(nobody, Ledger::new(nobody)),
        monitoring: None,
    });
    drive(
        &server,
        case,
        wire,
        &Watch {
            at_work: &|| (),
            gone: &|| (),
        },
    )
}

fn drive(server: &Server, case: &Case, wire: Wire, watch: &Watch<'_>) -> Vec<Answer> {
    match wire {
        Wire::H1 => h1::play(server.address(), &case.script, watch),
        Wire::H2 => h2::play(server.address(), &case.script, watch),
    }
}

/// Where the monitored server answered otherwise than the bare one.
fn compare(case: &Case, answers: &[Answer], bare: &[Answer]) -> Vec<String> {
    let mut wrong = Vec::new();
    if answers.len() != bare.len() {
        wrong.push(format!(
            "  {} answers, {} without monitoring: {answers:?} and {bare:?}",
            answers.len(),
            bare.len()
        ));
    }
    for (answer, bare) in answers.iter().zip(bare) {
        if let Some(header) = case
            .added_header
            .filter(|header| answer.header(header).is_none())
        {
            wrong.push(format!("  the answer has no `{header}`: {answer:?}"));
        }
        let host = answer.clone().without(case.added_header);
        if host != *bare && !is_context(case) {
            wrong.push(format!(
                "  the host answered\n    {host:?}\n  and without monitoring\n    {bare:?}"
            ));
        }
    }
    wrong
}

/// Whether the page tells of its tracker, which it has only under monitoring.
fn is_context(case: &Case) -> bool {
    case.script
        .requests()
        .iter()
        .any(|request| request.path() == "/context")
}

fn pretty(event: &EventJson) -> String {
    let mut text = String::from("{");
    for (key, value) in event.entries() {
        // Writing into a string cannot fail.
        let _ = write!(text, "\n      \"{key}\": {value},");
    }
    text.push_str("\n  }");
    text
}
