//! GoMon with a counting listener.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::Duration;

use gomon_core::{EventTracker, Key, Monitor, MonitorBuilder, Running, global, listener};

use super::{CHILD, CHILDREN, COMPONENT, CUSTOMER, Deliveries, FINGERPRINT, Subject, TEMPLATE};
use crate::Result;

/// GoMon with a counting listener.
pub const SUBJECT: Subject = Subject {
    name: "gomon",
    prepare,
    empty_root,
    five_fields,
    root_and_child: children::<1>,
    hundred_children: children::<CHILDREN>,
    settle,
    delivered,
    delivers_traces: false,
};

const KEY_COMPONENT: Key<'static> = Key::new("component");
const KEY_TEMPLATE: Key<'static> = Key::new("template");
const KEY_CUSTOMER: Key<'static> = Key::new("customer");
const KEY_COUNT: Key<'static> = Key::new("count");
const KEY_CACHED: Key<'static> = Key::new("cached");

/// Name prefix of the threads of a monitor.
pub const THREADS: &str = "gomon-";

/// Timeout of a delivery.
const PATIENCE: Duration = Duration::from_secs(30);

static RUNNING: OnceLock<Running> = OnceLock::new();
static DELIVERED: Deliveries = Deliveries::new();

/// Returns the builder of a monitor without health events.
pub fn quiet() -> MonitorBuilder {
    Monitor::builder().app_id("bench").health_interval(None)
}

/// Like [`quiet`], with a counting listener.
pub fn counting() -> MonitorBuilder {
    quiet().listener(listener::from_fn("count", |event| {
        black_box(event);
        DELIVERED.add(1);
    }))
}

/// Starts the monitor of the process.
///
/// # Errors
///
/// Fails if it cannot be started.
pub fn start(builder: MonitorBuilder) -> Result<()> {
    let running = builder.start()?;
    let monitor = running.monitor();
    RUNNING.set(running).map_err(|_| "prepared twice")?;
    monitor.flush(PATIENCE);
    Ok(())
}

/// Starts a monitor with a counting listener.
///
/// # Errors
///
/// Fails if it cannot be started.
pub fn prepare() -> Result<()> {
    start(counting())
}

/// Starts the monitor of a server, if the name of the server begins with ours.
///
/// # Errors
///
/// Fails if it cannot be started.
pub fn prepare_for(server: &str) -> Result<()> {
    if server.starts_with(SUBJECT.name) {
        prepare()?;
    }
    Ok(())
}

/// Returns the number of events that the counting listeners received.
pub fn delivered() -> u64 {
    DELIVERED.get()
}

/// Waits until the monitor of the process has delivered all events.
pub fn settle() {
    global().flush(PATIENCE);
}

fn empty_root(times: usize) {
    let monitor = global();
    for _ in 0..times {
        monitor.root(FINGERPRINT).finish();
    }
}

/// Opens a root of the global monitor, like a program without a handle.
pub fn global_root(times: usize) {
    for _ in 0..times {
        gomon_core::tracker(FINGERPRINT).finish();
    }
}

/// Like [`empty_root`], in a local monitor.
pub fn root_of(monitor: Monitor, times: usize) {
    for _ in 0..times {
        black_box(&monitor).root(FINGERPRINT).finish();
    }
}

/// Like [`global_root`], with the five fields.
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

fn children<const COUNT: usize>(times: usize) {
    let monitor = global();
    for _ in 0..times {
        let root = monitor.root(FINGERPRINT);
        for _ in 0..COUNT {
            root.child(CHILD).finish();
        }
        root.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_take_the_fast_path() {
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
