//! Cost of monitoring a database library.

use crate::Result;
use crate::beside::{self, Bound, Meter};
use crate::rounds::{Alternative, Burst, Effort};
use crate::row::Row;
use crate::subject::gomon;

/// Environment variable with the URL of a PostgreSQL.
pub(super) const POSTGRES: &str = "GOMON_TEST_POSTGRES_URL";

/// Work on the connections of a pool.
pub(super) struct Workload<W> {
    pub(super) name: &'static str,
    pub(super) work: W,
    /// Number of operations in it.
    pub(super) operations: usize,
    /// Number of rounds, quick and full.
    pub(super) rounds: (usize, usize),
    /// Minimum share of the bare rate.
    pub(super) goal: Option<f64>,
}

/// A way to use the library: its name, and a function that does work.
pub(super) type Library<W> = (&'static str, Box<dyn Fn(W) -> Result<()>>);

/// Measures libraries, the bare one first; the second one has the goals.
pub(super) fn measure<W: Copy>(
    workloads: &[Workload<W>],
    libraries: &[Library<W>],
    effort: Effort,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for workload in workloads {
        let alternatives = libraries.iter().map(|(name, run)| {
            Alternative::new(name, move || {
                gomon::SUBJECT.count(|| {
                    let mut done = Ok(());
                    let burst = Burst::of(workload.operations, || done = run(workload.work));
                    done.map(|()| burst)
                })
            })
        });
        let judged = libraries.get(1).map(|(name, _)| *name);
        let bounds = |name: &str| match workload.goal {
            Some(goal) if judged == Some(name) => vec![Bound::RateByCpu(goal), Bound::Rate(goal)],
            _ => Vec::new(),
        };
        let rounds = effort.pick(workload.rounds.0, workload.rounds.1);
        let name = workload.name;
        rows.extend(beside::rows(
            name,
            Meter::Thread,
            rounds,
            alternatives,
            bounds,
        )?);
    }
    Ok(rows)
}
