//! Cost and losses of a program that produces without a pause.

use std::time::{Duration, Instant};

use crate::Result;
use crate::crew::Crew;
use crate::rounds::{self, Alternative, Burst, Effort};
use crate::row::Row;
use crate::subject::{self, SUBJECTS, Subject};

/// Duration of a measurement.
const STRETCH: Duration = Duration::from_millis(150);
/// Number of events between two reads of the clock.
const BETWEEN: usize = 64;

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    subject::prepare()?;
    let crew = &Crew::new(2)?;
    let mut rows = Vec::new();
    for (part, threads) in [("one thread", 1), ("two threads", 2)] {
        let alternatives = SUBJECTS
            .iter()
            .map(|subject| Alternative::new(subject.name, move || burst(crew, subject, threads)));
        let measured = rounds::measure(effort.pick(1, 7), alternatives)?;
        rows.extend(measured.iter().map(|measured| {
            Row::new(part, measured.name)
                .with("CPU ns", measured.spread(Burst::cpu_each).median)
                .with("events", measured.total(|burst| burst.operations))
                .with("% delivered", measured.events_each() * 100.0)
        }));
    }
    Ok(rows)
}

fn burst(crew: &Crew, subject: &Subject, threads: usize) -> Result<Burst> {
    let run = subject.five_fields;
    let produce = move || {
        let end = Instant::now() + STRETCH;
        let mut operations = 0;
        let burst = Burst::of(0, || {
            while Instant::now() < end {
                run(BETWEEN);
                operations += BETWEEN;
            }
        });
        Burst {
            operations: operations as f64,
            ..burst
        }
    };
    subject.count(|| crew.run(threads, produce))
}
