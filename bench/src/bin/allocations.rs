//! Counts allocations: `cargo xtask bench --only allocations`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program speaks through its standard streams"
)]

use std::process::ExitCode;

use bench::Result;
use bench::goal::Goal;
use bench::row::Row;
use bench::subject::{CHILDREN, SUBJECTS, Subject, gomon};

type Workload = (&'static str, fn(&Subject) -> fn(usize), usize);

/// Number of counted events.
const BURST: usize = 1000;

/// Maximum allocations per event of a buffer that grows again after an idle time. It doubles, so they approach zero.
const MAX_GROWTH: f64 = 0.01;

const WORKLOADS: [Workload; 4] = [
    ("empty root", |subject| subject.empty_root, 1),
    ("root with five fields", |subject| subject.five_fields, 1),
    (
        "root and child, the pair",
        |subject| subject.root_and_child,
        1,
    ),
    (
        "a hundred children and their root, each",
        |subject| subject.hundred_children,
        CHILDREN + 1,
    ),
];

fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<()> {
    for subject in SUBJECTS {
        (subject.prepare)()?;
    }
    for (part, run, divisor) in WORKLOADS {
        for subject in SUBJECTS {
            println!(
                "{}",
                serde_json::to_string(&count(part, subject, run(subject), divisor))?
            );
        }
    }
    Ok(())
}

fn count(part: &str, subject: &Subject, run: fn(usize), divisor: usize) -> Row {
    let times = (BURST / divisor).max(1);
    // Warm-up: buffers and pools reach their final sizes.
    for _ in 0..4 {
        run(times);
        (subject.settle)();
    }
    let info = allocation_counter::measure(|| run(times));
    (subject.settle)();
    let each = |count: u64| count as f64 / (times * divisor) as f64;
    let row = Row::new(part, subject.name)
        .with("allocations", each(info.count_total))
        .with("bytes", each(info.bytes_total));
    if subject.name == gomon::SUBJECT.name {
        return row.with_goal(Goal::at_most(
            "allocations",
            each(info.count_total),
            MAX_GROWTH,
        ));
    }
    row
}
