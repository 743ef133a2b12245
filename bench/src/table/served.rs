//! CPU time of a request at a fixed rate below saturation, reported beside the counts of `request`.
//!
//! Server and client have a CPU each. Every figure comes from a new process, as the memory layout of a process affects
//! the cost of a request. The starts of all servers alternate.

use std::time::Duration;

use crate::Result;
use crate::cpu;
use crate::goal::Goal;
use crate::request::{PROFILES, Profile};
use crate::rounds::{Effort, interleave};
use crate::row::Row;
use crate::spread::Spread;
use crate::subject::gomon;
use crate::web::axum::{AXUM, BARE, OPENTELEMETRY, SILENT};
use crate::web::load;
use crate::web::server::{Server, Spent};

/// Requests per second: a server on one CPU is idle most of the time, whatever its layer.
const RATE: u32 = 10_000;

const SERVERS: [&str; 4] = [BARE, SILENT, OPENTELEMETRY, gomon::SUBJECT.name];

/// Maximum cost of ours beyond bare by profile, and beyond a silent `TraceLayer`, µs.
const MAX_BEYOND_BARE: [(&str, f64); 2] = [("bench", 0.8), ("browser", 1.1)];
const MAX_BEYOND_SILENT: f64 = 0.5;

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    let [server, client] = *cpu::allowed()?.first_chunk().ok_or("it needs two CPUs")?;
    let mut rows = Vec::new();
    for profile in &PROFILES {
        let stretch = effort.pick(Duration::from_millis(300), Duration::from_secs(3));
        let mut broken = None;
        let mut starts = Vec::new();
        // Each start returns one figure per server, in the order of the rounds.
        let costs = interleave(&SERVERS, effort.pick(1, 7), |name| {
            let cost = start(name, profile, stretch, (server, client));
            cost.map_or_else(
                |error| {
                    broken = Some(error);
                    f64::NAN
                },
                |cost| {
                    starts.push((*name, cost));
                    cost.process
                },
            )
        });
        if let Some(error) = broken {
            return Err(error);
        }
        for (name, own) in SERVERS.iter().zip(&costs) {
            rows.push(row(name, profile, own, &costs, &starts));
        }
    }
    Ok(rows)
}

/// CPU time of a request in one process, µs.
#[derive(Clone, Copy)]
struct Cost {
    process: f64,
    /// The delivering threads.
    consumer: f64,
    rate: f64,
}

fn start(
    name: &'static str,
    profile: &Profile,
    stretch: Duration,
    (server_cpu, client_cpu): (usize, usize),
) -> Result<Cost> {
    // A process inherits the CPUs of the thread that starts it.
    cpu::pin(server_cpu)?;
    let mut server = Server::start(AXUM.name, name)?;
    cpu::pin(client_cpu)?;
    load::run_at(server.port, profile.bytes, RATE, stretch / 4)?;
    let before = server.spent()?;
    let (answered, seconds) = load::run_at(server.port, profile.bytes, RATE, stretch)?;
    let after = server.spent()?;
    let each = |time: fn(&Spent) -> f64| (time(&after) - time(&before)) / 1e3 / answered as f64;
    Ok(Cost {
        process: each(|spent| spent.process),
        consumer: each(|spent| spent.consumer),
        rate: answered as f64 / seconds,
    })
}

fn row(
    name: &'static str,
    profile: &Profile,
    own: &[f64],
    costs: &[Vec<f64>],
    starts: &[(&str, Cost)],
) -> Row {
    let median = |figure: fn(&Cost) -> f64| {
        let own = starts.iter().filter(|(server, _)| *server == name);
        Spread::of(own.map(|(_, cost)| figure(cost))).median
    };
    let beyond = |other: &str| {
        let place = SERVERS.iter().position(|server| *server == other);
        let other = place.and_then(|place| costs.get(place));
        Spread::paired(own, other.map_or(&[], Vec::as_slice), |own, other| {
            own - other
        })
    };
    let bare = beyond(BARE);
    let row = Row::new(profile.name, name)
        .with("requests/s", median(|cost| cost.rate))
        .with(
            "CPU µs, min",
            own.iter().copied().fold(f64::INFINITY, f64::min),
        )
        .with("median", Spread::of(own.iter().copied()).median)
        .with("producer", median(|cost| cost.process - cost.consumer))
        .with("consumer", median(|cost| cost.consumer))
        .with("beyond bare", bare.median)
        .with("p25", bare.low)
        .with("p75", bare.high);
    if name != gomon::SUBJECT.name {
        return row;
    }
    let bounds = MAX_BEYOND_BARE.iter().find(|(it, _)| *it == profile.name);
    let goals = bounds.map(|(_, bound)| Goal::mostly_at_most("µs beyond bare", bare, *bound));
    let silent = Goal::mostly_at_most(
        "µs beyond a silent layer",
        beyond(SILENT),
        MAX_BEYOND_SILENT,
    );
    goals.into_iter().chain([silent]).fold(row, Row::with_goal)
}
