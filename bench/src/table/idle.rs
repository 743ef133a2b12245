//! Cost of a monitor in an idle process.

use std::thread;
use std::time::Duration;

use gomon_core::{Monitor, listener};

use crate::Result;
use crate::cpu;
use crate::goal::Goal;
use crate::rounds::Effort;
use crate::row::Row;
use crate::subject::gomon;

/// Maximum load, percent of one core.
const MAX_LOAD: f64 = 0.1;

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    let stretch = effort.pick(Duration::from_secs(1), Duration::from_secs(5));
    let without = percent(stretch);
    // With health events, like in a program.
    gomon::start(Monitor::builder().listener(listener::from_fn("none", |_| {})))?;
    let never = percent(stretch);
    (gomon::SUBJECT.five_fields)(1000);
    gomon::settle();
    let after = percent(stretch);
    let ours = |name, load| {
        Row::new("", name)
            .with("%", load)
            .with_goal(Goal::at_most("%", load, MAX_LOAD))
    };
    Ok(vec![
        Row::new("", "without").with("%", without),
        ours("gomon, before any event", never),
        ours("gomon, after a thousand events", after),
    ])
}

fn percent(stretch: Duration) -> f64 {
    let before = cpu::process();
    thread::sleep(stretch);
    (cpu::process() - before) / stretch.as_nanos() as f64 * 100.0
}
