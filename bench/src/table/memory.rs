//! Memory of a monitor with a stalled listener.

use std::fs;
use std::sync::mpsc::channel;
use std::thread::sleep;
use std::time::{Duration, Instant};

use gomon_core::{global, listener};

use crate::Result;
use crate::crew::Crew;
use crate::goal::Goal;
use crate::rounds::{Burst, Effort};
use crate::row::Row;
use crate::subject::gomon;

const PER_SECOND: usize = 50_000;
const THREADS: usize = 2;
const MIB: f64 = 1024.0 * 1024.0;
/// Maximum growth of memory, MiB.
const MAX_GROWTH: f64 = 32.0;
/// Time between two reads of the memory.
const SLICE: Duration = Duration::from_millis(20);

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    let crew = Crew::new(THREADS)?;
    let before = resident()?;
    let (open, closed) = channel::<()>();
    // It waits until the sender is dropped.
    let stalled = listener::from_fn("stalled", move |_| {
        let _ = closed.recv();
    });
    gomon::start(gomon::quiet().listener(stalled))?;
    let slices = effort.pick(50, 500);
    let per_slice = PER_SECOND * SLICE.as_millis() as usize / 1000 / THREADS;
    let start = Instant::now();
    let made = crew.run(THREADS, move || {
        let start = Instant::now();
        Burst::of(slices * per_slice, || {
            for slice in 1..=slices {
                (gomon::SUBJECT.five_fields)(per_slice);
                sleep((start + SLICE * slice as u32).saturating_duration_since(Instant::now()));
            }
        })
    })?;
    let grown = (resident()? - before) / MIB;
    let rate = made.operations / start.elapsed().as_secs_f64();
    let held = global().health().bytes_held as f64 / MIB;
    drop(open);
    gomon::settle();
    let settled = global().health();
    let accounted: u64 = settled
        .listeners
        .iter()
        .map(|listener| listener.delivered + listener.failed + listener.dropped.total())
        .sum();
    let unaccounted = settled.produced as f64 - accounted as f64;
    Ok(vec![
        Row::new("", "gomon")
            .with("events/s", rate)
            .with("RSS grown, MiB", grown)
            .with("held, MiB", held)
            .with("unaccounted", unaccounted)
            .with_goal(Goal::at_most("RSS grown, MiB", grown, MAX_GROWTH))
            .with_goal(Goal::at_most("unaccounted", unaccounted, 0.0)),
    ])
}

/// Returns the resident memory of this process in bytes.
fn resident() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .ok_or("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024.0)
}
