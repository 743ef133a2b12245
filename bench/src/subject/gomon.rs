//! Ours.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::Duration;

use gomon_core::{EventTracker, Key, Monitor, MonitorBuilder, Running, global, listener};

use super::{CHILD, CHILDREN, COMPONENT, CUSTOMER, Deliveries, FINGERPRINT, Subject, TEMPLATE};
use crate::Result;

/// Ours, with a listener that counts.
pub const SUBJECT: Subject = Subject {
    name: "gomon",
    prepare,
    empty_root,
    five_fields,
    root_and_child,
    hundred_children,
    settle,
    delivered: || DELIVERED.get(),
    delivers_traces: false,
};

const KEY_COMPONENT: Key<'static> = Key::new("component");
const KEY_TEMPLATE: Key<'static> = Key::new("template");
const KEY_CUSTOMER: Key<'static> = Key::new("customer");
const KEY_COUNT: Key<'static> = Key::new("count");
const KEY_CACHED: Key<'static> = Key::new("cached");

/// How long a delivery may take before the benchmark is taken for broken.
const PATIENCE: Duration = Duration::from_secs(30);

static RUNNING: OnceLock<Running> = OnceLock::new();
static DELIVERED: Deliveries = Deliveries::new();

/// A monitor that says nothing of its own accord.
pub fn quiet() -> MonitorBuilder {
    Monitor::builder().app_id("bench").health_interval(None)
}

/// As [`quiet`], with a listener that counts.
pub fn counting() -> MonitorBuilder {
    quiet().listener(listener::from_fn("count", |event| {
        black_box(event);
        DELIVERED.add(1);
    }))
}

/// Makes it the monitor of the process.
///
/// # Errors
///
/// It cannot be started.
pub fn start(builder: MonitorBuilder) -> Result<()> {
    let running = builder.start()?;
    let monitor = running.monitor();
    RUNNING.set(running).map_err(|_| "prepared twice")?;
    monitor.flush(PATIENCE);
    Ok(())
}

fn prepare() -> Result<()> {
    start(counting())
}

/// Waits until the monitor of the process has delivered all.
pub fn settle() {
    global().flush(PATIENCE);
}

fn empty_root(times: usize) {
    let monitor = global();
    for _ in 0..times {
        monitor.root(FINGERPRINT).finish();
    }
}

/// As a program has it that keeps no handle.
pub fn global_root(times: usize) {
    for _ in 0..times {
        gomon_core::tracker(FINGERPRINT).finish();
    }
}

/// As [`empty_root`], by a monitor of one's own.
pub fn root_of(monitor: Monitor, times: usize) {
    for _ in 0..times {
        black_box(&monitor).root(FINGERPRINT).finish();
    }
}

/// As [`global_root`], with the five fields.
pub fn global_fields(times: usize) {
    let customer = black_box(CUSTOMER);
    for at in 0..times {
        set_and_finish(gomon_core::tracker(FINGERPRINT), customer, at);
    }
}

fn five_fields(times: usize) {
    let (monitor, customer) = (global(), black_box(CUSTOMER));
    for at in 0..times {
        set_and_finish(monitor.root(FINGERPRINT), customer, at);
    }
}

#[inline]
fn set_and_finish(mut tracker: EventTracker, customer: &str, at: usize) {
    tracker.set(KEY_COMPONENT, COMPONENT);
    tracker.set(KEY_TEMPLATE, TEMPLATE);
    tracker.set(KEY_CUSTOMER, customer);
    tracker.set(KEY_COUNT, at as i64);
    tracker.set(KEY_CACHED, at.is_multiple_of(2));
    tracker.finish();
}

fn root_and_child(times: usize) {
    let monitor = global();
    for _ in 0..times {
        let root = monitor.root(FINGERPRINT);
        root.child(CHILD).finish();
        root.finish();
    }
}

fn hundred_children(times: usize) {
    let monitor = global();
    for _ in 0..times {
        let root = monitor.root(FINGERPRINT);
        for _ in 0..CHILDREN {
            root.child(CHILD).finish();
        }
        root.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_take_the_short_way() {
        prepare().unwrap();
        five_fields(10);
        settle();
        let health = global().health();
        assert_eq!(
            (
                health.renamed_fields,
                health.refused_values,
                health.limited_fields
            ),
            (0, 0, 0)
        );
        assert_eq!(DELIVERED.get(), 11);
    }
}
