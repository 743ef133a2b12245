//! Cost of records of `log` and slog.

use std::hint::black_box;

use gomon_core::global;
use gomon_log::{Level, LogConfig, MonitoredDrain, MonitoredLogger};
use log::{LevelFilter, Log, Metadata, Record, debug, info};
use slog::{Discard, Logger, o};

use crate::Result;
use crate::goal::Goal;
use crate::rounds::{self, Alternative, Burst, Effort, Measured};
use crate::row::Row;
use crate::subject::gomon;

/// Number of records of a timed burst.
const BURST: usize = 1000;
const FILTERED_BURST: usize = 20_000;
/// Maximum cost of a line under a request, ns.
const MAX_LINE: f64 = 150.0;
/// Maximum cost of a filtered record beyond that of a bare logger, ns.
const MAX_FILTERED: f64 = 2.0;

const BARE: &str = "bare";
const GOMON: &str = "gomon";
const LINE: &str = "log: line under a request";
const FILTERED: &str = "log: filtered record";
const NOISY: &str = "log: record of a filtered target";

/// A logger that ignores what it gets.
struct Nothing;

impl Log for Nothing {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    #[inline(never)]
    fn log(&self, record: &Record<'_>) {
        black_box(record);
    }

    fn flush(&self) {}
}

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    gomon::prepare()?;
    let config = LogConfig::default().with_max_per_request(0);
    global().set_config(config.clone());
    log::set_max_level(LevelFilter::Info);
    let (bare, ours): (&dyn Log, &dyn Log) = (&Nothing, &MonitoredLogger::new(Nothing));
    let works = [
        (LINE, line as fn(&dyn Log, usize), BURST),
        ("log: the same with two key/values", fields, BURST),
        (FILTERED, filtered, FILTERED_BURST),
        (NOISY, noisy, FILTERED_BURST),
    ];
    let mut rows = Vec::new();
    for (work, run, times) in works {
        if work == NOISY {
            global().set_config(config.clone().with_target("noisy", Level::Off));
        }
        let alternatives = [(BARE, bare), (GOMON, ours)];
        let alternatives =
            alternatives.map(|(name, logger)| burst(name, times, move || run(logger, times)));
        rows.extend(measured(effort, work, alternatives)?);
    }
    let bare = Logger::root(Discard, o!("service" => "shop"));
    let ours = Logger::root(MonitoredDrain::new(Discard), o!("service" => "shop"));
    let alternatives = [(BARE, &bare), (GOMON, &ours)];
    let alternatives =
        alternatives.map(|(name, logger)| burst(name, BURST, move || slog_line(logger, BURST)));
    rows.extend(measured(
        effort,
        "slog: line with two key/values",
        alternatives,
    )?);
    Ok(rows)
}

/// Returns an alternative that runs under a request.
fn burst<'a>(name: &'a str, times: usize, run: impl Fn() + 'a) -> Alternative<'a> {
    Alternative::new(name, move || {
        let burst = global().root("request").scope(|| Burst::of(times, &run));
        (gomon::SUBJECT.settle)();
        Ok(burst)
    })
}

fn measured<'a>(
    effort: Effort,
    work: &'static str,
    alternatives: [Alternative<'a>; 2],
) -> Result<Vec<Row>> {
    let measured = rounds::measure(effort.pick(15, 151), alternatives)?;
    let rows = measured.iter().map(|ours| row(work, ours, &measured));
    Ok(rows.collect())
}

fn row(work: &'static str, ours: &Measured<'_>, all: &[Measured<'_>]) -> Row {
    let cost = ours.spread(Burst::elapsed_each);
    let row = Row::new(work, ours.name).with_spread("ns", cost);
    let goal = match (ours.name, work, all.first()) {
        (GOMON, LINE, _) => Some(Goal::at_most("ns", cost, MAX_LINE)),
        (GOMON, FILTERED, Some(bare)) => {
            let beyond = ours.beyond(bare, Burst::elapsed_each);
            Some(Goal::at_most("ns beyond", beyond, MAX_FILTERED))
        }
        _ => None,
    };
    row.with_goal(goal)
}

fn line(logger: &dyn Log, times: usize) {
    for at in 0..times {
        info!(logger: logger, "cart {at} of {}", "me");
    }
}

fn fields(logger: &dyn Log, times: usize) {
    for at in 0..times {
        info!(logger: logger, cart = at, owner = "me"; "a cart");
    }
}

fn filtered(logger: &dyn Log, times: usize) {
    for at in 0..times {
        debug!(logger: logger, "cart {} of me", black_box(at));
    }
}

fn noisy(logger: &dyn Log, times: usize) {
    for at in 0..times {
        info!(logger: logger, target: "noisy", "cart {} of me", black_box(at));
    }
}

fn slog_line(logger: &Logger, times: usize) {
    for at in 0..times {
        slog::info!(logger, "a cart"; "cart" => at, "owner" => "me");
    }
}
