//! State of one monitor, shared by its handles, trackers, dispatcher and listeners.
//!
//! A core is never freed, so that a tracker holds a plain reference. Shutdown frees its buffers and queues; a few
//! hundred bytes remain. Life cycle:
//!
//! * *running*, from its construction;
//! * *stopped*, from the beginning of shutdown: no tracker opens, and one that ends is counted as dropped;
//! * *foreign*, in the child process of a fork, in which it does nothing.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{Thread, ThreadId};

use crate::config::Config;
use crate::config::registry::Registry;
use crate::record::limits::{Bounds, Limits};
use crate::state::application::Application;
use crate::state::every::Schedule;
use crate::state::extension::Extensions;
use crate::state::global;
use crate::state::notices::Notices;
use crate::state::sampling::{Sampler, Sampling};
use crate::suppress::is_suppressed;
use crate::sync::lock_std;
use crate::transport::buffer::{Known, Producer};
use crate::transport::clock::Clock;
use crate::transport::counters::Counters;
use crate::transport::late::Late;
use crate::transport::memory::Memory;
use crate::transport::queue::Queue;
use crate::transport::ticket::Tickets;
use gomon_redact::Redaction;

pub(crate) struct Core {
    pub(crate) process: u32,
    pub(crate) enabled: AtomicBool,
    pub(crate) stopped: AtomicBool,
    /// Whether it is one of the enabled monitors that [`global`] counts; changed under its lock.
    pub(crate) counted: AtomicBool,
    /// Whether it was ever enabled. Before that, listeners get no event, not even the application event.
    pub(crate) begun: AtomicBool,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) bounds: Bounds,
    pub(crate) redaction: Redaction,
    pub(crate) application: Application,
    pub(crate) registry: Registry,
    pub(crate) sampler: Sampler,
    pub(crate) memory: Arc<Memory>,
    pub(crate) counters: Counters,
    pub(crate) tickets: Tickets,
    pub(crate) schedule: Schedule,
    pub(crate) extensions: Extensions,
    pub(crate) notices: Notices,
    /// For trackers that end in a thread-local destructor, after their thread's buffer was dropped.
    pub(crate) late: Late,
    /// Buffers that the dispatcher has not seen yet.
    pub(crate) arrivals: Mutex<Vec<Known>>,
    /// Buffers that the dispatcher knows; locked during a pass.
    pub(crate) buffers: Mutex<Vec<Known>>,
    pub(crate) listeners: Mutex<Vec<Arc<Attached>>>,
    dispatcher: OnceLock<Thread>,
    woken: AtomicBool,
}

/// Number of new buffers that wakes the dispatcher.
const ARRIVALS_TO_WAKE: usize = 256;

/// A listener of the dispatcher.
#[derive(Debug)]
pub(crate) struct Attached {
    pub(crate) name: String,
    pub(crate) queue: Arc<Queue>,
    pub(crate) thread: ThreadId,
    /// Whether it got the application event.
    pub(crate) greeted: AtomicBool,
    /// Number of records dispatched before it was added.
    pub(crate) missed: AtomicU64,
}

/// The parts of a new core.
pub(crate) struct Parts {
    pub(crate) application: Application,
    pub(crate) limits: Limits,
    pub(crate) redaction: Redaction,
    pub(crate) registry: Registry,
    pub(crate) memory: usize,
    pub(crate) enabled: bool,
}

impl Core {
    pub(crate) fn new(parts: Parts) -> Self {
        let sampling = Sampling::clone(&parts.registry.get::<Sampling>());
        Self {
            process: std::process::id(),
            enabled: AtomicBool::new(parts.enabled),
            stopped: AtomicBool::new(false),
            counted: AtomicBool::new(false),
            begun: AtomicBool::new(parts.enabled),
            clock: Clock::new(),
            bounds: parts.limits.bounds(),
            limits: parts.limits,
            redaction: parts.redaction,
            application: parts.application,
            registry: parts.registry,
            sampler: Sampler::new(sampling),
            memory: Arc::new(Memory::new(parts.memory)),
            counters: Counters::default(),
            tickets: Tickets::new(),
            schedule: Schedule::default(),
            extensions: Extensions::default(),
            notices: Notices::default(),
            late: Late::new(),
            arrivals: Mutex::new(Vec::new()),
            buffers: Mutex::new(Vec::new()),
            listeners: Mutex::new(Vec::new()),
            dispatcher: OnceLock::new(),
            woken: AtomicBool::new(false),
        }
    }

    /// Returns whether trackers are opened on this thread now.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.enabled.load(Relaxed) && !is_suppressed()
    }

    /// Returns whether it was built in this process, not inherited by a fork.
    pub(crate) fn is_native(&self) -> bool {
        self.process == std::process::id()
    }

    /// Returns whether its trackers may have children: not after shutdown, nor in a fork with new monitors.
    pub(crate) fn may_have_children(&self) -> bool {
        global::is_native(self) && !self.stopped.load(Relaxed)
    }

    /// Returns the producer of a buffer for the calling thread; `None` after shutdown or in a fork.
    pub(crate) fn new_producer(&self) -> Option<Producer> {
        if !self.is_native() {
            return None;
        }
        let mut arrivals = lock_std(&self.arrivals);
        // Checked under the lock, under which shutdown takes the last arrivals.
        if self.stopped.load(Relaxed) {
            return None;
        }
        let (producer, known) = Producer::new(Arc::clone(&self.memory));
        arrivals.push(known);
        let count = arrivals.len();
        drop(arrivals);
        // Short-lived threads never fill a buffer, yet each of them holds one.
        if count.is_multiple_of(ARRIVALS_TO_WAKE) {
            self.wake();
        }
        Some(producer)
    }

    /// Returns the numbers of trackers opened and ended so far.
    pub(crate) fn open_counts(&self) -> (u64, u64) {
        // The counts of an ended thread move to the counters under the lock on the buffers.
        let known = lock_std(&self.buffers);
        let arrived = lock_std(&self.arrivals);
        let mut sum = (self.counters.opened.get(), self.counters.ended.get());
        for known in known.iter().chain(arrived.iter()) {
            let (opened, ended) = known.counts.get();
            sum = (sum.0 + opened, sum.1 + ended);
        }
        sum
    }

    /// Replaces a configuration.
    pub(crate) fn set_config<C: Config>(&self, config: C) {
        self.registry.set(config);
        self.configured();
    }

    /// Applies the current configuration.
    pub(crate) fn configured(&self) {
        self.sampler
            .set(Sampling::clone(&self.registry.get::<Sampling>()));
    }

    pub(crate) fn set_enabled(&self, enabled: bool) {
        self.enabled.store(enabled, SeqCst);
        self.settle_enabled();
    }

    /// Applies a change of `enabled`.
    ///
    /// Shutdown sets `stopped` before it disables, and this reads `stopped` after the change. So a stopped monitor is
    /// never left enabled.
    pub(crate) fn settle_enabled(&self) {
        if self.stopped.load(SeqCst) {
            self.enabled.store(false, SeqCst);
        } else if self.enabled.load(SeqCst) && !self.begun.swap(true, SeqCst) {
            self.wake();
        }
        global::refresh(self);
    }

    pub(crate) fn set_dispatcher(&self, thread: Thread) {
        let _ = self.dispatcher.set(thread);
    }

    /// Wakes the dispatcher.
    #[cold]
    #[inline(never)]
    pub(crate) fn wake(&self) {
        if !self.woken.swap(true, Relaxed)
            && let Some(dispatcher) = self.dispatcher.get()
        {
            dispatcher.unpark();
        }
    }

    /// Records that the dispatcher is awake: the next [`wake`](Self::wake) unparks it.
    pub(crate) fn awake(&self) {
        self.woken.store(false, Relaxed);
    }
}

// A panic leaves it valid at any point, so that it can be used across `catch_unwind`.
impl std::panic::RefUnwindSafe for Core {}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("app_id", &self.application.app_id)
            .finish_non_exhaustive()
    }
}

/// Compares by identity.
impl PartialEq for Core {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Core {}
