//! Cost of disabled monitoring.

use std::hint::black_box;

use gomon_core::{Monitor, global};

use crate::Result;
use crate::goal::Goal;
use crate::rounds::{self, Alternative, Burst, Effort};
use crate::row::Row;
use crate::subject::{self, OFF, gomon};

/// Number of calls of a timed burst; the other libraries make a tenth of them.
const BURST: usize = 20_000;
/// Maximum cost of a disabled call, ns.
const MAX_COST: f64 = 1.0;

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    let ours = |name, run: &dyn Fn(usize)| rows(effort, [alternative(name, BURST, run)]);
    // Before a monitor is started.
    let unstarted = ours("gomon, none started, five fields", &gomon::global_fields)?;
    let noop = ours("gomon, no-op monitor", &|times| {
        gomon::root_of(black_box(Monitor::noop()), times);
    })?;
    subject::prepare()?;
    global().disable();
    let disabled = ours("gomon, disabled, five fields", &gomon::global_fields)?;
    let local = gomon::counting().enabled(false).build()?;
    let local = ours("gomon, own monitor, disabled", &|times| {
        gomon::root_of(local.monitor(), times);
    })?;
    let others = OFF
        .iter()
        .map(|(name, run)| alternative(name, BURST / 10, run));
    let others = rows(effort, others)?;
    Ok([unstarted, noop, disabled, local, others].concat())
}

fn alternative<'a>(name: &'a str, times: usize, run: &'a dyn Fn(usize)) -> Alternative<'a> {
    Alternative::new(name, move || Ok(Burst::of(times, || run(times))))
}

fn rows<'a>(
    effort: Effort,
    alternatives: impl IntoIterator<Item = Alternative<'a>>,
) -> Result<Vec<Row>> {
    let measured = rounds::measure(effort.pick(15, 151), alternatives)?;
    let rows = measured.iter().map(|measured| {
        let cost = measured.spread(Burst::elapsed_each);
        let is_gomon = measured.name.starts_with(gomon::SUBJECT.name);
        Row::new("", measured.name)
            .with_spread("ns", cost)
            .with_goal(is_gomon.then(|| Goal::at_most("ns", cost, MAX_COST)))
    });
    Ok(rows.collect())
}
