//! Measured libraries and their workloads.
//!
//! A workload is a plain function of the number of repetitions, so that its loop is compiled as one. The five fields are
//! two static strings, a borrowed string of 20 bytes, an integer and a boolean. A library that needs owned strings pays
//! for the copy, as in a program.

#[cfg(feature = "peers")]
mod fastrace;
pub mod gomon;
#[cfg(feature = "request")]
pub mod opentelemetry;
#[cfg(feature = "peers")]
mod sentry;
#[cfg(feature = "peers")]
mod tracing;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::Result;
use crate::rounds::Burst;

/// Number of children of a root in [`Subject::hundred_children`].
const CHILDREN: usize = 100;

/// Name of the subject that all others are compared with.
pub const MEASURE: &str = "fastrace";

const FINGERPRINT: &str = "op";
const CHILD: &str = "child";
const COMPONENT: &str = "bench";
const TEMPLATE: &str = "/users/{id}";
const CUSTOMER: &str = "user-000000000012345";

/// A measured library.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// The name in the tables.
    pub name: &'static str,
    /// Installs it, once per process.
    pub prepare: fn() -> Result<()>,
    /// Records a root without fields.
    pub empty_root: fn(usize),
    /// Records a root with five fields.
    pub five_fields: fn(usize),
    /// Records a root and a child.
    pub root_and_child: fn(usize),
    /// Records a root and a hundred consecutive children.
    pub hundred_children: fn(usize),
    /// Waits until all events are delivered.
    pub settle: fn(),
    /// Returns the number of deliveries so far.
    pub delivered: fn() -> u64,
    /// Whether a delivery is a whole trace rather than an event.
    pub delivers_traces: bool,
}

/// All subjects, ours first.
pub const SUBJECTS: &[Subject] = &[
    gomon::SUBJECT,
    #[cfg(feature = "peers")]
    fastrace::SUBJECT,
    #[cfg(feature = "peers")]
    tracing::SUBJECT,
    #[cfg(feature = "request")]
    opentelemetry::SUBJECT,
    #[cfg(feature = "peers")]
    sentry::SUBJECT,
];

/// A disabled form of a library: its name, and a function that repeats its operation.
pub type Off = (&'static str, fn(usize));

/// Disabled forms of the other libraries, after their preparation.
pub const OFF: &[Off] = &[
    #[cfg(feature = "peers")]
    ("tracing, level filtered, five fields", tracing::off),
    #[cfg(feature = "peers")]
    ("fastrace, child of a no-op span", fastrace::off_child),
    #[cfg(feature = "peers")]
    ("fastrace, local span without a parent", fastrace::off_local),
    #[cfg(feature = "peers")]
    ("fastrace, root not sampled", fastrace::off_root),
    #[cfg(feature = "request")]
    ("opentelemetry_sdk, sampler always off", opentelemetry::off),
    #[cfg(feature = "peers")]
    ("sentry-core, not sampled", sentry::off),
];

/// A workload of every library.
#[derive(Debug)]
pub struct Workload {
    /// The name in the tables.
    pub name: &'static str,
    /// The name on the command line.
    pub argument: &'static str,
    /// The function of a library that repeats it.
    pub run: fn(&Subject) -> fn(usize),
    /// Number of events of one repetition.
    pub events: usize,
    /// Number of events, or pairs of them, that share the cost of one repetition.
    pub shares: usize,
}

/// All workloads.
pub static WORKLOADS: [Workload; 4] = [
    Workload {
        name: "empty root",
        argument: "empty-root",
        run: |subject| subject.empty_root,
        events: 1,
        shares: 1,
    },
    Workload {
        name: "root with five fields",
        argument: "five-fields",
        run: |subject| subject.five_fields,
        events: 1,
        shares: 1,
    },
    Workload {
        name: "root and child, the pair",
        argument: "root-and-child",
        run: |subject| subject.root_and_child,
        events: 2,
        shares: 1,
    },
    Workload {
        name: "a hundred children and their root, each",
        argument: "hundred-children",
        run: |subject| subject.hundred_children,
        events: CHILDREN + 1,
        shares: CHILDREN + 1,
    },
];

/// Returns the workload with this name on the command line.
///
/// # Errors
///
/// Fails if there is none.
pub fn workload(argument: &str) -> Result<&'static Workload> {
    crate::find("workload", argument, &WORKLOADS, |workload| {
        workload.argument
    })
}

impl Subject {
    /// Measures a burst and counts the events that it makes the library deliver.
    ///
    /// # Errors
    ///
    /// Fails if the burst fails.
    pub fn count(&self, burst: impl FnOnce() -> Result<Burst>) -> Result<Burst> {
        let before = (self.delivered)();
        let burst = burst()?;
        (self.settle)();
        let events = ((self.delivered)() - before) as f64;
        Ok(Burst { events, ..burst })
    }
}

/// Installs all libraries.
///
/// # Errors
///
/// Fails if one cannot be installed.
pub fn prepare() -> Result<()> {
    SUBJECTS.iter().try_for_each(|subject| (subject.prepare)())
}

/// Returns the subject with this name.
///
/// # Errors
///
/// Fails if there is none in this build.
pub fn named(name: &str) -> Result<&'static Subject> {
    crate::find("subject", name, SUBJECTS, |subject| subject.name)
}

/// A counter of one thread's deliveries, without the cost of an atomic addition.
#[derive(Debug, Default)]
pub struct Deliveries(AtomicU64);

impl Deliveries {
    /// Returns a counter of zero.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Adds to the count; only the delivering thread may call it.
    #[inline]
    pub fn add(&self, count: u64) {
        self.0
            .store(self.0.load(Relaxed).wrapping_add(count), Relaxed);
    }

    /// Returns the count.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
