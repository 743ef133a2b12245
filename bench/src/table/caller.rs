//! Cost of an event for its caller.

use std::hint::black_box;
use std::sync::LazyLock;

use crate::Result;
use crate::goal::Goal;
use crate::rounds::{self, Alternative, Burst, Effort, Measured};
use crate::row::Row;
use crate::subject::{self, MEASURE, SUBJECTS, Subject, WORKLOADS, Workload, gomon};

/// Number of events of a timed burst.
const BURST: usize = 1000;
/// Maximum share of the time of [`MEASURE`], of each workload.
const MAX_SHARES: [f64; WORKLOADS.len()] = [0.40, 0.35, 0.50, 0.80];
/// Maximum cost beyond two clock reads, ns.
const MAX_BEYOND_CLOCK: f64 = 12.0;
/// Name of the lower bound of all subjects.
const FLOOR: &str = "two clock reads";

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    subject::prepare()?;
    let mut rows = Vec::new();
    for (workload, max_share) in WORKLOADS.iter().zip(MAX_SHARES) {
        let subjects = SUBJECTS
            .iter()
            .map(|subject| alternative(subject.name, (workload.run)(subject), subject, workload));
        let mut alternatives: Vec<_> = subjects.collect();
        if workload.argument == "empty-root" {
            let others: [(_, fn(usize)); 2] = [
                ("gomon, by `tracker()`", gomon::global_root),
                (FLOOR, two_clock_reads),
            ];
            alternatives.extend(
                others.map(|(name, run)| alternative(name, run, &gomon::SUBJECT, workload)),
            );
        }
        let measured = rounds::measure(effort.pick(15, 151), alternatives)?;
        rows.extend(
            measured
                .iter()
                .map(|ours| row(workload, max_share, ours, &measured)),
        );
    }
    Ok(rows)
}

/// Returns an alternative; an operation is an event, or a pair of events.
fn alternative<'a>(
    name: &'a str,
    run: fn(usize),
    subject: &'a Subject,
    workload: &'a Workload,
) -> Alternative<'a> {
    let times = (BURST / workload.events).max(1);
    let deliveries = if subject.delivers_traces {
        1
    } else {
        workload.events
    };
    Alternative::new(name, move || {
        for _ in 0..2 {
            run(times);
            (subject.settle)();
        }
        let burst = subject.count(|| {
            let run = || run(times);
            Ok(Burst::of(times * workload.shares, run))
        })?;
        // As many deliveries complete the operations of one repetition.
        let events = burst.events * workload.shares as f64 / deliveries as f64;
        Ok(Burst { events, ..burst })
    })
}

fn row(workload: &Workload, max_share: f64, ours: &Measured<'_>, all: &[Measured<'_>]) -> Row {
    let find = |name: &str| all.iter().find(|other| other.name == name);
    let is_gomon = ours.name == gomon::SUBJECT.name;
    let mut row =
        Row::new(workload.name, ours.name).with_spread("ns", ours.spread(Burst::elapsed_each));
    if let Some(measure) = find(MEASURE) {
        let ratio = ours.ratio(measure, Burst::elapsed_each);
        row = row
            .with_spread("of fastrace", ratio)
            .with_goal(is_gomon.then(|| Goal::at_most("of fastrace", ratio, max_share)));
    }
    if ours.name != FLOOR {
        row = row.with("% delivered", ours.events_each() * 100.0);
    }
    row.with_goal(find(FLOOR).filter(|_| is_gomon).map(|floor| {
        let beyond = ours.beyond(floor, Burst::elapsed_each);
        Goal::at_most("ns beyond two clock reads", beyond, MAX_BEYOND_CLOCK)
    }))
}

fn two_clock_reads(times: usize) {
    static CLOCK: LazyLock<quanta::Clock> = LazyLock::new(quanta::Clock::new);
    let clock = &*CLOCK;
    for _ in 0..times {
        let start = clock.raw();
        black_box(clock.raw() - start);
    }
}
