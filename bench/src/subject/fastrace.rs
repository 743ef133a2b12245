//! fastrace with a counting reporter.

use std::borrow::Cow;
use std::hint::black_box;

use fastrace::Span;
use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};
use fastrace::local::LocalSpan;

use super::{
    CHILD, CHILDREN, COMPONENT, CUSTOMER, Deliveries, FINGERPRINT, MEASURE, Subject, TEMPLATE,
};
use crate::Result;

pub(super) const SUBJECT: Subject = Subject {
    name: MEASURE,
    prepare,
    empty_root,
    five_fields,
    root_and_child: children::<1>,
    hundred_children: children::<CHILDREN>,
    settle: fastrace::flush,
    delivered: || DELIVERED.get(),
    delivers_traces: false,
};

static DELIVERED: Deliveries = Deliveries::new();

struct Count;

impl Reporter for Count {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        DELIVERED.add(spans.len() as u64);
        black_box(&spans);
    }
}

fn prepare() -> Result<()> {
    fastrace::set_reporter(Count, Config::default());
    Ok(())
}

fn empty_root(times: usize) {
    for _ in 0..times {
        drop(Span::root(FINGERPRINT, SpanContext::random()));
    }
}

fn five_fields(times: usize) {
    let customer = black_box(CUSTOMER);
    for at in 0..times {
        let span = Span::root(FINGERPRINT, SpanContext::random()).with_properties(|| {
            [
                ("component", Cow::Borrowed(COMPONENT)),
                ("template", TEMPLATE.into()),
                ("customer", customer.to_owned().into()),
                ("count", (at as i64).to_string().into()),
                ("cached", if at % 2 == 0 { "true" } else { "false" }.into()),
            ]
        });
        drop(span);
    }
}

fn children<const COUNT: usize>(times: usize) {
    for _ in 0..times {
        let root = Span::root(FINGERPRINT, SpanContext::random());
        for _ in 0..COUNT {
            drop(Span::enter_with_parent(CHILD, &root));
        }
    }
}

pub(super) fn off_child(times: usize) {
    for _ in 0..times {
        let parent = black_box(Span::noop());
        drop(Span::enter_with_parent(CHILD, &parent));
    }
}

pub(super) fn off_local(times: usize) {
    for _ in 0..times {
        drop(LocalSpan::enter_with_local_parent(CHILD));
    }
}

pub(super) fn off_root(times: usize) {
    for _ in 0..times {
        drop(Span::root(
            FINGERPRINT,
            SpanContext::random().sampled(false),
        ));
    }
}
