//! Cost of monitoring a web server.

use std::time::Duration;

use crate::beside::{self, Bound, Meter};
use crate::request::{PROFILES, profile};
use crate::rounds::{Alternative, Effort};
use crate::row::Row;
use crate::subject::gomon;
use crate::web::axum::{AXUM, BARE, OPENTELEMETRY, SILENT};
use crate::web::server::Server;
use crate::web::{Framework, load};
use crate::{Result, cpu};

/// Requests per second of [`served`]: a server on one CPU is idle most of the time, whatever its layer.
const RATE: u32 = 10_000;

/// Servers of [`served`].
const SERVERS: [&str; 4] = [BARE, SILENT, OPENTELEMETRY, gomon::SUBJECT.name];

/// Maximum cost of ours in [`served`] beyond bare with each profile, and beyond a silent `TraceLayer`, µs.
const MAX_BEYOND_BARE: [f64; PROFILES.len()] = [0.8, 1.1];
const MAX_BEYOND_SILENT: f64 = 0.5;

/// Measures the servers of a framework at full speed.
pub(super) fn measure(framework: &'static Framework, effort: Effort) -> Result<Vec<Row>> {
    let stretch = effort.pick(Duration::from_millis(300), Duration::from_secs(2));
    let profile = profile("bench")?;
    let servers = framework.servers.iter().map(|(name, _)| {
        let mut server = Server::start(framework.name, name)?;
        let run = move || server.measure(|port| load::run(port, profile, None, stretch));
        Ok(Alternative::new(name, run))
    });
    let servers: Vec<_> = servers.collect::<Result<_>>()?;
    beside::rows("", Meter::Server, effort.pick(1, 9), servers, |name| {
        if !name.starts_with(gomon::SUBJECT.name) {
            return Vec::new();
        }
        let beyond = Bound::Beyond(BARE, framework.max_beyond_bare);
        vec![beyond, Bound::Rate(framework.min_rate)]
    })
}

/// Measures axum at a fixed rate below saturation, reported beside the counts of `request`.
///
/// Server and client have a CPU each. Every figure comes from a new process, as the memory layout of a process affects
/// the cost of a request.
pub(super) fn served(effort: Effort) -> Result<Vec<Row>> {
    let [server_cpu, client_cpu] = *cpu::allowed()?.first_chunk().ok_or("it needs two CPUs")?;
    let stretch = effort.pick(Duration::from_millis(300), Duration::from_secs(3));
    let mut rows = Vec::new();
    for (profile, max_beyond_bare) in PROFILES.iter().zip(MAX_BEYOND_BARE) {
        let load = move |port, stretch| load::run(port, profile, Some(RATE), stretch);
        let servers = SERVERS.map(|name| {
            Alternative::new(name, move || {
                // A process inherits the CPUs of the thread that starts it.
                cpu::pin(server_cpu)?;
                let mut server = Server::start(AXUM.name, name)?;
                cpu::pin(client_cpu)?;
                load(server.port, stretch / 4)?;
                server.measure(|port| load(port, stretch))
            })
        });
        let rounds = effort.pick(1, 7);
        let measured = beside::rows(profile.name, Meter::Server, rounds, servers, |name| {
            if name != gomon::SUBJECT.name {
                return Vec::new();
            }
            let silent = Bound::Beyond(SILENT, MAX_BEYOND_SILENT);
            vec![Bound::Beyond(BARE, max_beyond_bare), silent]
        });
        rows.extend(measured?);
    }
    Ok(rows)
}
