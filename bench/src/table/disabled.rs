//! Cost of disabled monitoring.

use std::hint::black_box;
use std::time::Instant;

use gomon_core::{Monitor, global};

use crate::Result;
use crate::goal::Goal;
use crate::rounds::{Effort, interleave};
use crate::row::Row;
use crate::spread::Spread;
use crate::subject::{OFF, SUBJECTS, gomon};

const BURST: usize = 20_000;
/// Maximum cost of a disabled call, ns.
const MAX_COST: f64 = 1.0;

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    let rounds = effort.pick(15, 151);
    // Before a monitor is started.
    let mut rows = ours(
        "gomon, none started, five fields",
        rounds,
        &gomon::global_fields,
    );
    let noop = Monitor::noop();
    rows.extend(ours("gomon, no-op monitor", rounds, &|times| {
        gomon::root_of(black_box(noop), times);
    }));
    for subject in SUBJECTS {
        (subject.prepare)()?;
    }
    global().disable();
    rows.extend(ours(
        "gomon, disabled, five fields",
        rounds,
        &gomon::global_fields,
    ));
    let local = gomon::counting().enabled(false).build()?;
    rows.extend(ours("gomon, own monitor, disabled", rounds, &|times| {
        gomon::root_of(local.monitor(), times);
    }));
    let figures = interleave(OFF, rounds, |off| time(&off.run, BURST / 10));
    rows.extend(
        OFF.iter()
            .zip(figures)
            .map(|(off, figures)| row(off.name, figures).0),
    );
    Ok(rows)
}

fn ours(name: &str, rounds: usize, run: &dyn Fn(usize)) -> Vec<Row> {
    let (row, spread) = row(name, (0..rounds).map(|_| time(run, BURST)).collect());
    vec![row.with_goal(Goal::mostly_at_most("ns", spread, MAX_COST))]
}

fn row(name: &str, figures: Vec<f64>) -> (Row, Spread) {
    let spread = Spread::of(figures);
    (
        Row::new("", name)
            .with("p25", spread.low)
            .with("median", spread.median),
        spread,
    )
}

fn time(run: &dyn Fn(usize), times: usize) -> f64 {
    let start = Instant::now();
    run(times);
    start.elapsed().as_nanos() as f64 / times as f64
}
