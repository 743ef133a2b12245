//! Sentry with a counting transport, which delivers a trace on the caller's thread.

use std::hint::black_box;
use std::sync::Arc;

use sentry_core::protocol::Value;
use sentry_core::{
    Client, ClientOptions, Envelope, Hub, TransactionContext, Transport, start_transaction,
};

use super::{CHILD, CHILDREN, COMPONENT, CUSTOMER, Deliveries, FINGERPRINT, Subject, TEMPLATE};
use crate::Result;

pub(super) const SUBJECT: Subject = Subject {
    name: "sentry-core",
    prepare,
    empty_root,
    five_fields,
    root_and_child: children::<1>,
    hundred_children: children::<CHILDREN>,
    settle: || {},
    delivered: || DELIVERED.get(),
    delivers_traces: true,
};

static DELIVERED: Deliveries = Deliveries::new();

struct Count;

impl Transport for Count {
    fn send_envelope(&self, envelope: Envelope) {
        DELIVERED.add(1);
        black_box(envelope);
    }
}

fn prepare() -> Result<()> {
    let mut options = ClientOptions::default().traces_sample_rate(1.0);
    options.dsn = Some("https://key@localhost/1".parse()?);
    options.transport = Some(Arc::new(Arc::new(Count)));
    let client = Arc::new(Client::with_options(options));
    Hub::main().bind_client(Some(Arc::clone(&client)));
    Hub::current().bind_client(Some(client));
    Ok(())
}

fn context() -> TransactionContext {
    TransactionContext::new(FINGERPRINT, FINGERPRINT)
}

fn empty_root(times: usize) {
    for _ in 0..times {
        start_transaction(context()).finish();
    }
}

fn five_fields(times: usize) {
    let customer = black_box(CUSTOMER);
    for at in 0..times {
        let root = start_transaction(context());
        root.set_data("component", COMPONENT.into());
        root.set_data("template", TEMPLATE.into());
        root.set_data("customer", Value::String(customer.to_owned()));
        root.set_data("count", (at as i64).into());
        root.set_data("cached", (at % 2 == 0).into());
        root.finish();
    }
}

fn children<const COUNT: usize>(times: usize) {
    for _ in 0..times {
        let root = start_transaction(context());
        for _ in 0..COUNT {
            root.start_child(CHILD, CHILD).finish();
        }
        root.finish();
    }
}

pub(super) fn off(times: usize) {
    for _ in 0..times {
        let mut context = context();
        context.set_sampled(false);
        start_transaction(context).finish();
    }
}
