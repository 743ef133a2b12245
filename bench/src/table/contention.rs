//! Cost of events with a second producing thread.

use std::sync::Arc;

use crate::Result;
use crate::cpu;
use crate::crew::{Crew, Job};
use crate::goal::Goal;
use crate::rounds::{Effort, interleave};
use crate::row::Row;
use crate::spread::Spread;
use crate::subject::{SUBJECTS, Subject, gomon};

/// Number of events of each thread; every queue has room for them.
const BURST: usize = 1000;
/// Maximum ratio of the costs of two threads and one.
const MAX_RATIO: f64 = 1.05;

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    for subject in SUBJECTS {
        (subject.prepare)()?;
    }
    let crew = Crew::new(2)?;
    let mut pairs = Vec::new();
    for subject in SUBJECTS {
        pairs.extend([(subject, 1), (subject, 2)]);
    }
    let figures = interleave(&pairs, effort.pick(15, 151), |(subject, threads)| {
        cost(&crew, subject, *threads)
    });
    let rows = SUBJECTS
        .iter()
        .zip(figures.chunks_exact(2))
        .filter_map(|(subject, figures)| {
            let [one, two] = figures else { return None };
            let ratio = Spread::paired(two, one, |two, one| two / one);
            let median = |figures: &[f64]| Spread::of(figures.iter().copied()).median;
            let row = Row::new("", subject.name)
                .with("one thread", median(one))
                .with("two threads", median(two))
                .with("two against one", ratio.median)
                .with("p25", ratio.low)
                .with("p75", ratio.high);
            let is_ours = subject.name == gomon::SUBJECT.name;
            Some(if is_ours {
                row.with_goal(Goal::mostly_at_most("two against one", ratio, MAX_RATIO))
            } else {
                row
            })
        });
    Ok(rows.collect())
}

/// Returns the thread CPU time per event, ns; NaN if a job panicked.
fn cost(crew: &Crew, subject: &Subject, threads: usize) -> f64 {
    let run = subject.five_fields;
    let job: Job = Arc::new(move || {
        let start = cpu::thread();
        run(BURST);
        cpu::thread() - start
    });
    let mut total = f64::NAN;
    // The first run warms up each thread.
    for _ in 0..2 {
        total = crew
            .run(threads, &job)
            .map_or(f64::NAN, |figures| figures.iter().sum());
        (subject.settle)();
    }
    total / (threads * BURST) as f64
}
