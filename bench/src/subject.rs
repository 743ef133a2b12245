//! Who is measured, and what each is made to do.
//!
//! A workload is a plain function of how often to do it, so that its loop is compiled as one. The five fields are two
//! static strings, a string of 20 bytes that the caller owns and lends, an integer and a boolean; whoever can only
//! take owned strings pays for the copy, as a program would.

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

/// The children of a root in [`Subject::hundred_children`].
pub const CHILDREN: usize = 100;

/// What every subject is to be compared with.
pub const MEASURE: &str = "fastrace";

const FINGERPRINT: &str = "op";
const CHILD: &str = "child";
const COMPONENT: &str = "bench";
const TEMPLATE: &str = "/users/{id}";
const CUSTOMER: &str = "user-000000000012345";

/// Who is measured.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// As the tables show it.
    pub name: &'static str,
    /// Installs it, once a process.
    pub prepare: fn() -> Result<()>,
    /// A root without fields.
    pub empty_root: fn(usize),
    /// A root with five.
    pub five_fields: fn(usize),
    /// A root and a child of it.
    pub root_and_child: fn(usize),
    /// A root and a hundred children, one after the other.
    pub hundred_children: fn(usize),
    /// Waits until all was delivered.
    pub settle: fn(),
    /// Events delivered so far.
    pub delivered: fn() -> u64,
    /// What becomes one delivery: an event, or a whole trace.
    pub delivers_traces: bool,
}

/// All of them, ours first.
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

/// What nobody's switched-off form may cost more than.
#[derive(Clone, Copy, Debug)]
pub struct Off {
    /// As the table shows it.
    pub name: &'static str,
    /// What is off.
    pub run: fn(usize),
}

/// The switched-off forms of peers that were prepared.
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
    /// The workload of that name, as the command line has it.
    ///
    /// # Errors
    ///
    /// There is none.
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

/// The subject of that name.
///
/// # Errors
///
/// There is none, or not in this build.
pub fn named(name: &str) -> Result<&'static Subject> {
    SUBJECTS
        .iter()
        .find(|subject| subject.name == name)
        .ok_or_else(|| format!("no subject `{name}`").into())
}

/// Counts deliveries of one thread, without the price of an atomic addition.
#[derive(Debug, Default)]
pub struct Deliveries(AtomicU64);

impl Deliveries {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// So many more, by the one thread that delivers.
    #[inline]
    pub fn add(&self, count: u64) {
        self.0
            .store(self.0.load(Relaxed).wrapping_add(count), Relaxed);
    }

    /// How many there were.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
