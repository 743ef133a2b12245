//! Memory of a monitor with a stalled listener.

use std::fs;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use gomon_core::listener;

use crate::Result;
use crate::crew::{Crew, Job};
use crate::goal::Goal;
use crate::rounds::Effort;
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
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let closed = Arc::clone(&gate);
    gomon::start(
        gomon::quiet().listener(listener::from_fn("stalled", move |_| {
            let (open, opened) = &*closed;
            let mut guard = open.lock().unwrap_or_else(PoisonError::into_inner);
            while !*guard {
                guard = opened.wait(guard).unwrap_or_else(PoisonError::into_inner);
            }
        })),
    )?;
    let slices = effort.pick(50, 500);
    let job: Job = Arc::new(move || {
        let start = Instant::now();
        for slice in 0..slices {
            (gomon::SUBJECT.five_fields)(PER_SECOND * SLICE.as_millis() as usize / 1000 / THREADS);
            let end = start + SLICE * (slice + 1);
            std::thread::sleep(end.saturating_duration_since(Instant::now()));
        }
        resident().unwrap_or(f64::NAN)
    });
    let start = Instant::now();
    let after = crew.run(THREADS, &job)?.into_iter().fold(0.0, f64::max);
    let lapsed = start.elapsed().as_secs_f64();
    let health = gomon_core::global().health();
    let made = (PER_SECOND / 50 * slices as usize) as f64;
    let (open, opened) = &*gate;
    *open.lock().unwrap_or_else(PoisonError::into_inner) = true;
    opened.notify_all();
    gomon::settle();
    let settled = gomon_core::global().health();
    let accounted: u64 = settled
        .listeners
        .iter()
        .map(|listener| listener.delivered + listener.failed + listener.dropped.total())
        .sum();
    let grown = (after - before) / MIB;
    Ok(vec![
        Row::new("", "gomon")
            .with("events/s", made / lapsed)
            .with("RSS grown, MiB", grown)
            .with("held, MiB", health.bytes_held as f64 / MIB)
            .with("unaccounted", settled.produced as f64 - accounted as f64)
            .with_goal(Goal::at_most("RSS grown, MiB", grown, MAX_GROWTH))
            .with_goal(Goal::at_most(
                "unaccounted",
                settled.produced as f64 - accounted as f64,
                0.0,
            )),
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
