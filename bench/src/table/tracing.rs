//! Cost of spans and records of `tracing` through layers.

use std::hint::black_box;

use gomon_log::LogConfig;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};
use oxtel_sdk::export::ExportError;
use oxtel_sdk::resource::Resource;
use oxtel_sdk::trace::TracerProvider;
use tracing::dispatcher::{Dispatch, with_default};
use tracing::{info, info_span, trace};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use crate::Result;
use crate::goal::Goal;
use crate::rounds::{self, Alternative, Burst, Effort, Measured};
use crate::row::Row;
use crate::subject::gomon;

/// Number of operations of a timed burst.
const BURST: usize = 1000;
const FILTERED_BURST: usize = 20_000;
/// Maximum share of the time of the others, for a span.
const MAX_OF_OPENTELEMETRY: f64 = 0.5;
const MAX_OF_OXTEL: f64 = 0.8;
/// Maximum cost of a filtered record beyond that of a bare registry, ns.
const MAX_FILTERED: f64 = 2.0;

const BARE: &str = "registry";
const GOMON: &str = "gomon";
const OPENTELEMETRY: &str = "tracing-opentelemetry, no-op exporter";
const OXTEL: &str = "oxtel-sdk, no-op exporter";

struct Nothing;

impl std::fmt::Debug for Nothing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nothing")
    }
}

impl opentelemetry_sdk::trace::SpanExporter for Nothing {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        black_box(&batch);
        Ok(())
    }
}

impl oxtel_sdk::trace::SpanExporter for Nothing {
    fn export(
        &self,
        batch: &[oxtel_sdk::trace::SpanData],
        _: &Resource,
    ) -> std::result::Result<(), ExportError> {
        black_box(batch);
        Ok(())
    }
}

struct Work {
    name: &'static str,
    run: fn(usize),
    times: usize,
}

const fn work(name: &'static str, run: fn(usize), times: usize) -> Work {
    Work { name, run, times }
}

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    gomon::prepare()?;
    gomon_core::global().set_config(LogConfig::default().with_max_per_request(0));
    let opentelemetry = SdkTracerProvider::builder()
        .with_simple_exporter(Nothing)
        .build();
    let oxtel = TracerProvider::builder()
        .with_simple_exporter(Nothing)
        .build();
    let opentelemetry = tracing_opentelemetry::layer().with_tracer(opentelemetry.tracer("bench"));
    let info = LevelFilter::INFO;
    let subscribers: [(_, Dispatch); 4] = [
        (BARE, registry().with(info).into()),
        (GOMON, registry().with(gomon_log::layer()).into()),
        (
            OPENTELEMETRY,
            registry().with(opentelemetry).with(info).into(),
        ),
        (OXTEL, registry().with(oxtel.layer()).with(info).into()),
    ];
    let works = [
        work("span with three fields", span, BURST),
        work("the same, entered", entered, BURST),
        work("record with a field, in a span", record, BURST),
        work("filtered record", filtered, FILTERED_BURST),
    ];
    let mut rows = Vec::new();
    for Work { name, run, times } in works {
        let alternatives = subscribers.iter().map(|(subscriber, dispatch)| {
            Alternative::new(subscriber, move || {
                let burst = with_default(dispatch, || Burst::of(times, || run(times)));
                (gomon::SUBJECT.settle)();
                Ok(burst)
            })
        });
        let measured = rounds::measure(effort.pick(15, 151), alternatives)?;
        rows.extend(measured.iter().map(|ours| row(name, ours, &measured)));
    }
    Ok(rows)
}

fn row(work: &'static str, ours: &Measured<'_>, all: &[Measured<'_>]) -> Row {
    let cost = ours.spread(Burst::elapsed_each);
    let mut row = Row::new(work, ours.name).with_spread("ns", cost);
    if ours.name != GOMON {
        return row;
    }
    for other in all {
        let share = ours.ratio(other, Burst::elapsed_each);
        let goal = match other.name {
            OPENTELEMETRY if work.starts_with("span") => Some(MAX_OF_OPENTELEMETRY),
            OXTEL if work.starts_with("span") => Some(MAX_OF_OXTEL),
            _ => None,
        };
        let of = format!("of {}", other.name);
        row = row.with_goal(goal.map(|goal| Goal::at_most(&of, share, goal)));
        if other.name == BARE && work.starts_with("filtered") {
            let beyond = ours.beyond(other, Burst::elapsed_each);
            row = row.with_goal(Some(Goal::at_most("ns beyond", beyond, MAX_FILTERED)));
        }
    }
    row
}

fn span(times: usize) {
    for at in 0..times {
        let cached = at % 2 == 0;
        drop(info_span!(
            "work",
            component = "stock",
            count = at as i64,
            cached
        ));
    }
}

fn entered(times: usize) {
    for at in 0..times {
        let cached = at % 2 == 0;
        info_span!("work", component = "stock", count = at as i64, cached)
            .in_scope(|| black_box(at));
    }
}

fn record(times: usize) {
    info_span!("work").in_scope(|| {
        for at in 0..times {
            info!(count = at as i64, "a record");
        }
    });
}

fn filtered(times: usize) {
    for at in 0..times {
        trace!(count = black_box(at) as i64, "a record");
    }
}
