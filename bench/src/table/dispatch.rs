//! Throughput of the dispatcher with one listener, and its cost at a steady rate.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Result;
use crate::cpu;
use crate::goal::Goal;
use crate::rounds::Effort;
use crate::row::Row;
use crate::spread::Spread;
use crate::subject::gomon;

/// Number of events that wait when the dispatcher begins.
const BURST: usize = 4000;
/// Number of events between two reads of the CPU time, which the kernel updates at its ticks.
const STRETCH: usize = 200_000;
/// Minimum number of events per second of one core.
const MIN_RATE: f64 = 5e6;

/// Events per second of the steady rate, produced in slices.
const STEADY: u32 = 100_000;
const SLICE: Duration = Duration::from_millis(1);
/// Maximum CPU time of an event at that rate, ns.
const MAX_STEADY: f64 = 60.0;

/// Prefix of the names of a monitor's threads.
const THREADS: &str = "gomon-";

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    (gomon::SUBJECT.prepare)()?;
    let workloads = [
        ("empty root", gomon::SUBJECT.empty_root),
        ("root with five fields", gomon::SUBJECT.five_fields),
    ];
    let stretches = effort.pick(2, 15);
    let delivered = gomon::SUBJECT.delivered;
    let rows = workloads.map(|(name, run)| {
        let before = delivered();
        let rates = Spread::of((0..stretches).map(|_| rate(run, &delivered)));
        let share = (delivered() - before) as f64 / (stretches * STRETCH) as f64;
        Row::new("", name)
            .with("events/s", rates.median)
            .with("CPU ns", 1e9 / rates.median)
            .with("% delivered", share * 100.0)
            .with_goal(Goal::at_least("events/s", rates.median, MIN_RATE))
    });
    let steady = Spread::of((0..effort.pick(1, 7)).map(|_| steady(effort)));
    let row = Row::new("", "root with five fields, 100,000 events/s")
        .with("events/s", STEADY.into())
        .with("CPU ns", steady.median)
        .with_goal(Goal::mostly_at_most("CPU ns", steady, MAX_STEADY));
    Ok(rows.into_iter().chain([row]).collect())
}

/// Returns the CPU time of the monitor's threads per event at the steady rate, ns.
fn steady(effort: Effort) -> f64 {
    let slices = effort.pick(300, 3000);
    let before = (cpu::threads(THREADS), (gomon::SUBJECT.delivered)());
    let start = Instant::now();
    for slice in 1..=slices {
        (gomon::SUBJECT.five_fields)((STEADY / 1000) as usize);
        sleep((start + SLICE * slice).saturating_duration_since(Instant::now()));
    }
    gomon::settle();
    let delivered = (gomon::SUBJECT.delivered)() - before.1;
    (cpu::threads(THREADS) - before.0) / delivered as f64
}

/// Returns the events delivered per second of CPU time of the monitor's threads.
pub(super) fn rate(run: fn(usize), delivered: &dyn Fn() -> u64) -> f64 {
    let before = (cpu::threads(THREADS), delivered());
    for _ in 0..STRETCH / BURST {
        run(BURST);
        gomon::settle();
    }
    (delivered() - before.1) as f64 / (cpu::threads(THREADS) - before.0) * 1e9
}
