//! Cost and losses of a program that produces without a pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::Result;
use crate::cpu;
use crate::crew::{Crew, Job};
use crate::rounds::{Effort, interleave};
use crate::row::Row;
use crate::spread::Spread;
use crate::subject::{SUBJECTS, Subject};

/// Duration of a measurement.
const STRETCH: Duration = Duration::from_millis(150);
/// Number of events between two reads of the clock.
const BETWEEN: usize = 64;

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    for subject in SUBJECTS {
        (subject.prepare)()?;
    }
    let crew = Crew::new(2)?;
    let mut rows = Vec::new();
    for threads in [1, 2] {
        let made: Vec<_> = SUBJECTS
            .iter()
            .map(|_| Arc::new(AtomicU64::new(0)))
            .collect();
        let subjects: Vec<_> = SUBJECTS.iter().zip(&made).collect();
        let before: Vec<_> = SUBJECTS
            .iter()
            .map(|subject| (subject.delivered)())
            .collect();
        let figures = interleave(&subjects, effort.pick(1, 7), |(subject, made)| {
            stretch(&crew, subject, made, threads)
        });
        for (((subject, made), before), figures) in subjects.iter().zip(before).zip(figures) {
            let delivered = (subject.delivered)() - before;
            let made = made.load(Relaxed);
            let part = if threads == 1 {
                "one thread"
            } else {
                "two threads"
            };
            rows.push(
                Row::new(part, subject.name)
                    .with("CPU ns", Spread::of(figures).median)
                    .with("events", made as f64)
                    .with("% delivered", delivered as f64 * 100.0 / made.max(1) as f64),
            );
        }
    }
    Ok(rows)
}

/// Returns the thread CPU time per event, ns; NaN if a job panicked.
fn stretch(crew: &Crew, subject: &Subject, made: &Arc<AtomicU64>, threads: usize) -> f64 {
    let run = subject.five_fields;
    let counted = Arc::clone(made);
    let before = made.load(Relaxed);
    let job: Job = Arc::new(move || {
        let (start, end) = (cpu::thread(), Instant::now() + STRETCH);
        while Instant::now() < end {
            run(BETWEEN);
            counted.fetch_add(BETWEEN as u64, Relaxed);
        }
        cpu::thread() - start
    });
    let total = crew
        .run(threads, &job)
        .map_or(f64::NAN, |figures| figures.iter().sum());
    (subject.settle)();
    total / (made.load(Relaxed) - before) as f64
}
