//! Cost of events with a second producing thread.

use crate::Result;
use crate::crew::Crew;
use crate::goal::Goal;
use crate::rounds::{self, Alternative, Burst, Effort};
use crate::row::Row;
use crate::subject::{self, SUBJECTS, Subject, gomon};

/// Number of events of each thread; every queue has room for them.
const BURST: usize = 1000;
/// Maximum ratio of the costs of two threads and one.
const MAX_RATIO: f64 = 1.05;

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    subject::prepare()?;
    let crew = &Crew::new(2)?;
    let alternatives = SUBJECTS.iter().flat_map(|subject| {
        [1, 2].map(|threads| Alternative::new(subject.name, move || burst(crew, subject, threads)))
    });
    let measured = rounds::measure(effort.pick(15, 151), alternatives)?;
    let rows = measured.chunks_exact(2).filter_map(|pair| {
        let [one, two] = pair else { return None };
        let ratio = two.ratio(one, Burst::cpu_each);
        let goal = || Goal::at_most("two against one", ratio, MAX_RATIO);
        let row = Row::new("", one.name)
            .with("one thread", one.spread(Burst::cpu_each).median)
            .with("two threads", two.spread(Burst::cpu_each).median)
            .with_spread("two against one", ratio)
            .with_goal((one.name == gomon::SUBJECT.name).then(goal));
        Some(row)
    });
    Ok(rows.collect())
}

fn burst(crew: &Crew, subject: &Subject, threads: usize) -> Result<Burst> {
    let run = subject.five_fields;
    let burst = || {
        let burst = crew.run(threads, move || Burst::of(BURST, || run(BURST)));
        (subject.settle)();
        burst
    };
    // The first run warms up each thread.
    burst()?;
    burst()
}
