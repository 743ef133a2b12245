//! OpenTelemetry SDK with its batch processor and a counting exporter.

use std::future::{Future, ready};
use std::hint::black_box;
use std::sync::LazyLock;

use opentelemetry::trace::{Span, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, SpanData, SpanExporter,
};

use super::{CHILD, CHILDREN, COMPONENT, CUSTOMER, Deliveries, FINGERPRINT, Subject, TEMPLATE};
use crate::Result;

/// OpenTelemetry with a counting exporter.
pub const SUBJECT: Subject = Subject {
    name: "opentelemetry_sdk, batch",
    prepare,
    empty_root,
    five_fields,
    root_and_child: children::<1>,
    hundred_children: children::<CHILDREN>,
    settle,
    delivered: || DELIVERED.get(),
    delivers_traces: false,
};

static DELIVERED: Deliveries = Deliveries::new();
static PROVIDERS: LazyLock<Providers> = LazyLock::new(|| {
    let provider = |sampler| {
        let processor = BatchSpanProcessor::builder(Count).build();
        SdkTracerProvider::builder()
            .with_sampler(sampler)
            .with_span_processor(processor)
            .build()
    };
    let on = provider(Sampler::AlwaysOn);
    Providers {
        tracer: on.tracer("bench"),
        off: provider(Sampler::AlwaysOff).tracer("bench"),
        on,
    }
});

struct Providers {
    on: SdkTracerProvider,
    tracer: SdkTracer,
    off: SdkTracer,
}

/// A counting exporter.
#[derive(Debug)]
pub struct Count;

impl SpanExporter for Count {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        DELIVERED.add(batch.len() as u64);
        black_box(&batch);
        ready(Ok(()))
    }
}

fn prepare() -> Result<()> {
    LazyLock::force(&PROVIDERS);
    Ok(())
}

fn settle() {
    // Spans that a flush cannot deliver reduce the share delivered.
    let _ = PROVIDERS.on.force_flush();
}

fn empty_root(times: usize) {
    let tracer = &PROVIDERS.tracer;
    for _ in 0..times {
        tracer
            .start_with_context(FINGERPRINT, &Context::new())
            .end();
    }
}

fn five_fields(times: usize) {
    let customer = black_box(CUSTOMER);
    let tracer = &PROVIDERS.tracer;
    for at in 0..times {
        let builder = tracer.span_builder(FINGERPRINT).with_attributes([
            KeyValue::new("component", COMPONENT),
            KeyValue::new("template", TEMPLATE),
            KeyValue::new("customer", customer.to_owned()),
            KeyValue::new("count", at as i64),
            KeyValue::new("cached", at % 2 == 0),
        ]);
        tracer.build_with_context(builder, &Context::new()).end();
    }
}

fn children<const COUNT: usize>(times: usize) {
    let tracer = &PROVIDERS.tracer;
    for _ in 0..times {
        let root = tracer.start_with_context(FINGERPRINT, &Context::new());
        let context = Context::new().with_span(root);
        for _ in 0..COUNT {
            tracer.start_with_context(CHILD, &context).end();
        }
        context.span().end();
    }
}

pub(super) fn off(times: usize) {
    let off = &PROVIDERS.off;
    for _ in 0..times {
        off.start_with_context(FINGERPRINT, &Context::new()).end();
    }
}
