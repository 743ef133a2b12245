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

/// Number of children of a root in [`Subject::hundred_children`].
pub const CHILDREN: usize = 100;

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

/// The disabled form of a library.
#[derive(Clone, Copy, Debug)]
pub struct Off {
    /// The name in the table.
    pub name: &'static str,
    /// The disabled operation.
    pub run: fn(usize),
}

/// Disabled forms of the other libraries, after their preparation.
pub const OFF: &[Off] = &[
    #[cfg(feature = "peers")]
    tracing::OFF,
    #[cfg(feature = "peers")]
    fastrace::OFF_CHILD,
    #[cfg(feature = "peers")]
    fastrace::OFF_LOCAL,
    #[cfg(feature = "peers")]
    fastrace::OFF_ROOT,
    #[cfg(feature = "request")]
    opentelemetry::OFF,
    #[cfg(feature = "peers")]
    sentry::OFF,
];

impl Subject {
    /// Returns the workload with this name on the command line.
    ///
    /// # Errors
    ///
    /// Fails if there is none.
    pub fn workload(&self, name: &str) -> Result<fn(usize)> {
        match name {
            "empty-root" => Ok(self.empty_root),
            "five-fields" => Ok(self.five_fields),
            "root-and-child" => Ok(self.root_and_child),
            "hundred-children" => Ok(self.hundred_children),
            _ => Err("expected empty-root, five-fields, root-and-child or hundred-children".into()),
        }
    }
}

/// Returns the subject with this name.
///
/// # Errors
///
/// Fails if there is none in this build.
pub fn named(name: &str) -> Result<&'static Subject> {
    SUBJECTS
        .iter()
        .find(|subject| subject.name == name)
        .ok_or_else(|| format!("no subject `{name}`").into())
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
