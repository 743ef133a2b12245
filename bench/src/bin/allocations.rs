//! Counts allocations: `cargo xtask bench --only allocations`.

use std::process::ExitCode;

use bench::goal::Goal;
use bench::row::Row;
use bench::subject::{self, SUBJECTS, Subject, WORKLOADS, Workload, gomon};
use bench::{Result, print};

/// Number of counted events.
const BURST: usize = 1000;

/// Maximum allocations per event of a buffer that grows again after an idle time. It doubles, so they approach zero.
const MAX_GROWTH: f64 = 0.01;

fn main() -> ExitCode {
    bench::exit(measure())
}

fn measure() -> Result<()> {
    subject::prepare()?;
    for workload in &WORKLOADS {
        for subject in SUBJECTS {
            print::line(&count(workload, subject))?;
        }
    }
    Ok(())
}

fn count(workload: &Workload, subject: &Subject) -> Row {
    let run = (workload.run)(subject);
    let times = BURST / workload.shares;
    // Warm-up: buffers and pools reach their final sizes.
    for _ in 0..4 {
        run(times);
        (subject.settle)();
    }
    let info = allocation_counter::measure(|| run(times));
    (subject.settle)();
    let each = |count: u64| count as f64 / (times * workload.shares) as f64;
    let allocations = each(info.count_total);
    let goal = || Goal::at_most("allocations", allocations, MAX_GROWTH);
    Row::new(workload.name, subject.name)
        .with("allocations", allocations)
        .with("bytes", each(info.bytes_total))
        .with_goal((subject.name == gomon::SUBJECT.name).then(goal))
}
