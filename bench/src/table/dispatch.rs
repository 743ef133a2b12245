//! Throughput of the dispatcher with one listener, and its cost at a steady rate.

use std::thread::sleep;
use std::time::{Duration, Instant};

use gomon_ndjson::NdjsonListener;

use crate::Result;
use crate::cpu;
use crate::folder::Folder;
use crate::goal::Goal;
use crate::rounds::{self, Alternative, Burst, Effort, Measured};
use crate::row::Row;
use crate::subject::gomon;

/// Number of events that wait when the dispatcher begins.
const BURST: usize = 4000;
/// Number of events between two reads of the CPU time, which the kernel updates at its ticks.
const STRETCH: usize = 200_000;
/// Minimum number of events per second of one core, to a counting listener and to a file.
const MIN_RATE: f64 = 5e6;
const MIN_FILE_RATE: f64 = 2e6;

/// Events per second of the steady rate, produced in slices.
const STEADY: u32 = 100_000;
const SLICE: Duration = Duration::from_millis(1);
/// Maximum CPU time of an event at that rate, ns.
const MAX_STEADY: f64 = 60.0;

const FIVE_FIELDS: &str = "root with five fields";

/// Measures a counting listener.
pub(super) fn counting(effort: Effort) -> Result<Vec<Row>> {
    gomon::prepare()?;
    let workloads = [
        ("empty root", gomon::SUBJECT.empty_root),
        (FIVE_FIELDS, gomon::SUBJECT.five_fields),
    ]
    .map(|(name, run)| Alternative::new(name, move || Ok(flood(run, gomon::delivered))));
    let measured = rounds::measure(effort.pick(2, 15), workloads)?;
    let floods = measured.iter().map(|measured| {
        row(measured, MIN_RATE).with("% delivered", measured.events_each() * 100.0)
    });
    let name = "root with five fields, 100,000 events/s";
    let steady = Alternative::new(name, || Ok(steady(effort)));
    let measured = rounds::measure(effort.pick(1, 7), [steady])?;
    let steady = measured.iter().map(|measured| {
        let cost = measured.spread(Burst::consumer_each);
        Row::new("", measured.name)
            .with("events/s", STEADY.into())
            .with("CPU ns", cost.median)
            .with_goal(Goal::at_most("CPU ns", cost, MAX_STEADY))
    });
    Ok(floods.chain(steady).collect())
}

/// Measures a file of JSON lines.
pub(super) fn ndjson(effort: Effort) -> Result<Vec<Row>> {
    let folder = Folder::new("ndjson")?;
    let listener = NdjsonListener::create(folder.path().join("events.ndjson"))?.with_files(2);
    let lines = listener.lines();
    gomon::start(gomon::quiet().listener(listener))?;
    let flood = Alternative::new(FIVE_FIELDS, || {
        Ok(flood(gomon::SUBJECT.five_fields, || lines.written()))
    });
    let measured = rounds::measure(effort.pick(1, 9), [flood])?;
    let rows = measured
        .iter()
        .map(|measured| row(measured, MIN_FILE_RATE).with("lost", lines.lost() as f64));
    Ok(rows.collect())
}

fn row(measured: &Measured<'_>, min_rate: f64) -> Row {
    let cost = measured.spread(Burst::consumer_each).median;
    Row::new("", measured.name)
        .with("events/s", 1e9 / cost)
        .with("CPU ns", cost)
        .with_goal(Goal::at_least("events/s", 1e9 / cost, min_rate))
}

/// Produces as fast as the dispatcher delivers.
fn flood(run: fn(usize), delivered: impl Fn() -> u64) -> Burst {
    burst(STRETCH, delivered, || {
        for _ in 0..STRETCH / BURST {
            run(BURST);
            gomon::settle();
        }
    })
}

/// Produces at the steady rate.
fn steady(effort: Effort) -> Burst {
    let slices = effort.pick(300, 3000);
    let per_slice = STEADY / 1000;
    burst((slices * per_slice) as usize, gomon::delivered, || {
        let start = Instant::now();
        for slice in 1..=slices {
            (gomon::SUBJECT.five_fields)(per_slice as usize);
            sleep((start + SLICE * slice).saturating_duration_since(Instant::now()));
        }
        gomon::settle();
    })
}

/// Measures the monitor's threads.
fn burst(operations: usize, delivered: impl Fn() -> u64, run: impl FnOnce()) -> Burst {
    let (events, consumer) = (delivered(), cpu::threads(gomon::THREADS));
    let burst = Burst::of(operations, run);
    Burst {
        events: (delivered() - events) as f64,
        consumer: cpu::threads(gomon::THREADS) - consumer,
        ..burst
    }
}
