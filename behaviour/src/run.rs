//! Runs the list of cases against a subject.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::thread;

use gomon_core::Monitor;

use crate::answer::Answer;
use crate::case::Case;
use crate::json::EventJson;
use crate::ledger::Ledger;
use crate::script::{Watch, Wire};
use crate::stage::{self, Stage};
use crate::{Setup, Site, Subject, cases, quiet};

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
            let case = case
                .map_events(|event| event.map_text("route", |template| subject.template(template)));
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

/// What the same client sees of a server without monitoring.
fn bare(subject: &dyn Subject, case: &Case, wire: Wire) -> Vec<Answer> {
    let nobody = Monitor::noop();
    let server = subject.start(Setup {
        site: Site::new(nobody, Ledger::new(nobody)),
        monitoring: None,
    });
    stage::play(
        &server,
        case,
        wire,
        &Watch {
            at_work: &|| (),
            gone: &|| (),
        },
    )
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
