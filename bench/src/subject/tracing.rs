//! tracing with a layer that sends a span's times and typed fields to a thread.
//!
//! No published layer does exactly this, so this one is written for the comparison.

use std::fmt::Debug;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::span::Attributes;
use tracing::{Id, Level, Subscriber, span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use super::{CHILD, CHILDREN, COMPONENT, CUSTOMER, Deliveries, FINGERPRINT, Subject, TEMPLATE};
use crate::Result;

pub(super) const SUBJECT: Subject = Subject {
    name: "tracing + layer",
    prepare,
    empty_root,
    five_fields,
    root_and_child: children::<1>,
    hundred_children: children::<CHILDREN>,
    settle,
    delivered: || DELIVERED.get(),
    delivers_traces: false,
};

/// Capacity of the queue of spans.
const QUEUE: usize = 8192;

static DELIVERED: Deliveries = Deliveries::new();
static SENT: AtomicU64 = AtomicU64::new(0);

#[expect(dead_code, reason = "the consumer drops them")]
enum Kept {
    Text(String),
    Integer(i64),
    Boolean(bool),
}

#[derive(Default)]
struct Fields(Vec<(&'static str, Kept)>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0
            .push((field.name(), Kept::Text(format!("{value:?}"))));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), Kept::Text(value.to_owned())));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.push((field.name(), Kept::Integer(value)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.push((field.name(), Kept::Boolean(value)));
    }
}

struct Open {
    start: Instant,
    fields: Fields,
}

#[expect(dead_code, reason = "the consumer drops them")]
struct Ended {
    name: &'static str,
    id: u64,
    parent: Option<u64>,
    start: Instant,
    lapsed: Duration,
    fields: Fields,
}

struct Keep(SyncSender<Ended>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> tracing_subscriber::Layer<S> for Keep {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(Open {
            start: Instant::now(),
            fields,
        });
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else {
            return;
        };
        let Some(Open { start, fields }) = span.extensions_mut().remove() else {
            return;
        };
        let ended = Ended {
            name: span.name(),
            id: id.into_u64(),
            parent: span.parent().map(|parent| parent.id().into_u64()),
            start,
            lapsed: start.elapsed(),
            fields,
        };
        if self.0.try_send(ended).is_ok() {
            SENT.fetch_add(1, Relaxed);
        }
    }
}

fn prepare() -> Result<()> {
    let (sender, receiver) = sync_channel::<Ended>(QUEUE);
    thread::Builder::new()
        .name("tracing".to_owned())
        .spawn(move || {
            for ended in receiver {
                drop(black_box(ended));
                DELIVERED.add(1);
            }
        })?;
    let subscriber = tracing_subscriber::registry()
        .with(Keep(sender))
        .with(LevelFilter::INFO);
    tracing::subscriber::set_global_default(subscriber)?;
    Ok(())
}

fn settle() {
    while DELIVERED.get() < SENT.load(Relaxed) {
        thread::yield_now();
    }
}

fn empty_root(times: usize) {
    for _ in 0..times {
        drop(span!(Level::INFO, FINGERPRINT));
    }
}

fn five_fields(times: usize) {
    let customer = black_box(CUSTOMER);
    for at in 0..times {
        drop(span!(
            Level::INFO,
            FINGERPRINT,
            component = COMPONENT,
            template = TEMPLATE,
            customer,
            count = at as i64,
            cached = at % 2 == 0
        ));
    }
}

fn children<const COUNT: usize>(times: usize) {
    for _ in 0..times {
        let root = span!(Level::INFO, FINGERPRINT);
        for _ in 0..COUNT {
            drop(span!(parent: &root, Level::INFO, CHILD));
        }
    }
}

pub(super) fn off(times: usize) {
    let customer = black_box(CUSTOMER);
    for at in 0..times {
        drop(span!(
            Level::TRACE,
            FINGERPRINT,
            component = COMPONENT,
            template = TEMPLATE,
            customer,
            count = at as i64,
            cached = at % 2 == 0
        ));
    }
}
