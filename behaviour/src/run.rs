//! Runner of the cases.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use http::HeaderName;

use crate::answer::Answer;
use crate::case::Case;
use crate::json::EventJson;
use crate::script::{Watch, Wire};
use crate::stage::{self, Stage};
use crate::{Setup, Subject, cases, quiet};

/// Number of cases that run concurrently; they mostly wait.
const WORKERS: usize = 4;

/// Runs every case against `subject`, over HTTP/1.1 and HTTP/2.
///
/// If the environment variable `GOMON_CASE` is set, only cases whose name contains its value run.
///
/// # Panics
///
/// Panics if a case fails. The message lists the events and the unmet expectations of each failed case.
pub fn run(subject: &dyn Subject) {
    quiet::hide_expected_panics();
    let filter = std::env::var("GOMON_CASE").unwrap_or_default();
    let mut unasserted = subject.deviations().to_vec();
    let mut jobs = Vec::new();
    for case in cases::all() {
        for wire in case.wires {
            let (case, asserted) = case.clone().deviated(subject.deviations(), *wire);
            unasserted.retain(|deviation| !asserted.contains(deviation));
            let case = case
                .map_events(|event| event.map_text("route", |template| subject.template(template)));
            if case.name.contains(&filter) {
                jobs.push((case, *wire));
            }
        }
    }
    assert!(
        unasserted.is_empty(),
        "{} declares {unasserted:?}, which no case asserts",
        subject.name()
    );
    let next = AtomicUsize::new(0);
    let work = || {
        let mut failures = Vec::new();
        while let Some((case, wire)) = jobs.get(next.fetch_add(1, Relaxed)) {
            let errors = play(subject, case, *wire);
            let name = format!("{} over {}: {}", subject.name(), wire.proto(), case.name);
            if errors.is_empty() {
                println!("{name} ... ok");
            } else {
                println!("{name} ... FAILED");
                failures.push(format!("{name}:\n  {}", errors.join("\n  ")));
            }
        }
        failures
    };
    let failures: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        let failed = workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("a worker does not panic"));
        failed.collect()
    });
    assert!(
        failures.is_empty(),
        "{}: {} of {} failed\n\n{}\n",
        subject.name(),
        failures.len(),
        jobs.len(),
        failures.join("\n\n"),
    );
}

/// Runs one case over one protocol and returns a line for each error.
fn play(subject: &dyn Subject, case: &Case, wire: Wire) -> Vec<String> {
    let stage = Stage::open(subject, case);
    let answers = stage.drive(case, wire);
    let bare = bare(subject, case, wire);
    let (mut errors, seen) = stage.close(subject, case, wire, answers);
    errors.extend(compare(case, &seen.answers, &bare));
    for (number, (reaction, answer)) in case.answers.iter().zip(&seen.answers).enumerate() {
        let unmet = reaction.unmet(answer);
        errors.extend(unmet.map(|unmet| format!("answer {number}: {unmet}")));
    }
    if case.answers.len() > seen.answers.len() {
        errors.push(format!(
            "expected {} answers, got {:?}",
            case.answers.len(),
            seen.answers
        ));
    }
    if errors.is_empty() {
        errors.extend(case.checks.iter().filter_map(|check| check(&seen)));
    }
    if !errors.is_empty() {
        for event in seen.requests.iter().chain(&seen.others) {
            errors.push(format!("event: {}", pretty(event)));
        }
    }
    errors
}

/// Plays the case against an unmonitored server.
fn bare(subject: &dyn Subject, case: &Case, wire: Wire) -> Vec<Answer> {
    let server = subject.start(Setup::unmonitored());
    stage::play(&server, case, wire, &Watch::NONE)
}

/// Returns the differences between the answers of the monitored and the unmonitored server.
fn compare(case: &Case, answers: &[Answer], bare: &[Answer]) -> Vec<String> {
    let mut errors = Vec::new();
    if answers.len() != bare.len() {
        errors.push(format!(
            "{} answers, {} without monitoring: {answers:?} and {bare:?}",
            answers.len(),
            bare.len()
        ));
    }
    for (answer, bare) in answers.iter().zip(bare) {
        let added = case.config.trace_header().map(HeaderName::as_str);
        let host = answer.clone().without(added);
        if host != *bare && !is_context(case) {
            errors.push(format!(
                "the monitored server answered\n    {host:?}\n  the unmonitored one\n    {bare:?}"
            ));
        }
    }
    errors
}

/// Returns whether the page returns its trace context, which exists only with monitoring.
fn is_context(case: &Case) -> bool {
    case.script
        .requests()
        .iter()
        .any(|request| request.path() == "/context")
}

fn pretty(event: &EventJson) -> String {
    let mut text = String::from("{");
    for (key, value) in event.entries() {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n      \"{key}\": {value},");
    }
    text.push_str("\n  }");
    text
}
