//! Cost of an event for its caller.

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Instant;

use crate::Result;
use crate::goal::Goal;
use crate::rounds::{Effort, interleave};
use crate::row::Row;
use crate::spread::Spread;
use crate::subject::{CHILDREN, MEASURE, SUBJECTS, Subject, gomon};

/// Number of events of a timed burst.
const BURST: usize = 1000;
/// Maximum cost beyond two clock reads, ns.
const MAX_BEYOND_CLOCK: f64 = 12.0;

struct Workload {
    name: &'static str,
    run: fn(&Subject) -> fn(usize),
    /// Number of events of one run.
    events: usize,
    /// Divisor of a run's time.
    divisor: usize,
    /// Maximum share of the time of [`MEASURE`].
    goal: f64,
}

const WORKLOADS: [Workload; 4] = [
    Workload {
        name: "empty root",
        run: |subject| subject.empty_root,
        events: 1,
        divisor: 1,
        goal: 0.40,
    },
    Workload {
        name: "root with five fields",
        run: |subject| subject.five_fields,
        events: 1,
        divisor: 1,
        goal: 0.35,
    },
    Workload {
        name: "root and child, the pair",
        run: |subject| subject.root_and_child,
        events: 2,
        divisor: 1,
        goal: 0.50,
    },
    Workload {
        name: "a hundred children and their root, each",
        run: |subject| subject.hundred_children,
        events: CHILDREN + 1,
        divisor: CHILDREN + 1,
        goal: 0.80,
    },
];

/// A timed subject, or a lower bound of all subjects.
struct Timed {
    name: &'static str,
    run: fn(usize),
    subject: Option<&'static Subject>,
}

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    for subject in SUBJECTS {
        (subject.prepare)()?;
    }
    Ok(WORKLOADS
        .iter()
        .flat_map(|workload| measure_one(workload, effort))
        .collect())
}

fn measure_one(workload: &Workload, effort: Effort) -> Vec<Row> {
    let times = (BURST / workload.events).max(1);
    let all = timed(workload);
    let mut shares = vec![(0, 0); all.len()];
    let times_of = interleave(&all, effort.pick(15, 151), |timed| {
        let settle = timed
            .subject
            .map_or((|| {}) as fn(), |subject| subject.settle);
        let delivered = || timed.subject.map_or(0, |subject| (subject.delivered)());
        for _ in 0..2 {
            (timed.run)(times);
            settle();
        }
        let before = delivered();
        let start = Instant::now();
        (timed.run)(times);
        let lapsed = start.elapsed().as_nanos() as f64;
        settle();
        let at = all.iter().position(|other| std::ptr::eq(other, timed));
        if let Some((made, got)) = at.and_then(|at| shares.get_mut(at)) {
            let is_trace = timed.subject.is_some_and(|subject| subject.delivers_traces);
            *made += if is_trace {
                times
            } else {
                times * workload.events
            };
            *got += delivered() - before;
        }
        lapsed / (times * workload.divisor) as f64
    });
    let figures_of = |name: &str| {
        all.iter()
            .zip(&times_of)
            .find(|(timed, _)| timed.name == name)
            .map(|(_, figures)| figures.as_slice())
    };
    let floor = figures_of(FLOOR);
    let measure = figures_of(MEASURE);
    let mut rows = Vec::new();
    for ((timed, figures), (made, got)) in all.iter().zip(&times_of).zip(&shares) {
        let spread = Spread::of(figures.iter().copied());
        let mut row = Row::new(workload.name, timed.name)
            .with("p25", spread.low)
            .with("median", spread.median);
        if let Some(measure) = measure {
            let ratio = Spread::paired(figures, measure, |ours, theirs| ours / theirs);
            row = row
                .with("of fastrace", ratio.median)
                .with("p25 ", ratio.low)
                .with("p75 ", ratio.high);
            if timed.name == gomon::SUBJECT.name {
                row = row.with_goal(Goal::mostly_at_most("of fastrace", ratio, workload.goal));
            }
        }
        if let Some(floor) = floor.filter(|_| timed.name == gomon::SUBJECT.name) {
            let beyond = Spread::paired(figures, floor, |ours, floor| ours - floor);
            row = row.with_goal(Goal::mostly_at_most(
                "ns beyond two clock reads",
                beyond,
                MAX_BEYOND_CLOCK,
            ));
        }
        if timed.subject.is_some() {
            row = row.with("% delivered", *got as f64 * 100.0 / (*made).max(1) as f64);
        }
        rows.push(row);
    }
    rows
}

const FLOOR: &str = "two clock reads";

fn timed(workload: &Workload) -> Vec<Timed> {
    let mut timed: Vec<_> = SUBJECTS
        .iter()
        .map(|subject| Timed {
            name: subject.name,
            run: (workload.run)(subject),
            subject: Some(subject),
        })
        .collect();
    if workload.events == 1 && workload.name.starts_with("empty") {
        timed.push(Timed {
            name: "gomon, by `tracker()`",
            run: gomon::global_root,
            subject: Some(&gomon::SUBJECT),
        });
        timed.push(Timed {
            name: FLOOR,
            run: two_clock_reads,
            subject: None,
        });
    }
    timed
}

fn two_clock_reads(times: usize) {
    static CLOCK: LazyLock<quanta::Clock> = LazyLock::new(quanta::Clock::new);
    let clock = &*CLOCK;
    for _ in 0..times {
        let start = clock.raw();
        black_box(clock.raw() - start);
    }
}
