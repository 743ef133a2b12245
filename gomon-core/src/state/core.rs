//! The state of one monitor, shared by its handles, its trackers, its dispatcher and its listeners.
//!
//! A core is never freed, so that a tracker can hold it for nothing; its buffers and queues go at shutdown, and a few
//! hundred bytes stay. Life cycle: *running*, from when it is built; *stopped*, when shutdown begins: nothing
//! is opened any more, what was open may still end but is counted as dropped; a fork makes it foreign to the
//! child, in which it does nothing.

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
use crate::state::sampling::{Sampler, Sampling};
use crate::suppress::is_suppressed;
use crate::sync::lock_std;
use crate::transport::buffer::Buffer;
use crate::transport::clock::Clock;
use crate::transport::counters::Counters;
use crate::transport::memory::Memory;
use crate::transport::queue::Queue;
use crate::transport::ring::Ring;
use crate::transport::ticket::Tickets;
use gomon_redact::Redaction;

pub(crate) struct Core {
    pub(crate) process: u32,
    pub(crate) enabled: AtomicBool,
    pub(crate) stopped: AtomicBool,
    /// It is among the enabled monitors that [`global`] counts; changed under its lock.
    pub(crate) counted: AtomicBool,
    /// It was enabled at some time; until then nobody hears of it, not even the application event.
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
    /// For trackers that end in the destructor of a thread-local, where their thread's buffer is gone.
    pub(crate) shared: Buffer,
    /// Buffers of threads that the dispatcher has not met yet.
    pub(crate) arrivals: Mutex<Vec<Arc<Buffer>>>,
    /// Those that it has, held for the length of a pass.
    pub(crate) buffers: Mutex<Vec<Known>>,
    pub(crate) listeners: Mutex<Vec<Arc<Attached>>>,
    dispatcher: OnceLock<Thread>,
    woken: AtomicBool,
}

/// So many new buffers wake the dispatcher.
const WAKING_ARRIVALS: usize = 256;

/// A listener, as the dispatcher knows it.
#[derive(Debug)]
pub(crate) struct Attached {
    pub(crate) name: String,
    pub(crate) queue: Arc<Queue>,
    pub(crate) thread: ThreadId,
    /// The application event was handed to it.
    pub(crate) greeted: AtomicBool,
    /// Records dispatched before.
    pub(crate) missed: AtomicU64,
}

/// The buffer of a thread, as the dispatcher knows it.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) buffer: Arc<Buffer>,
    /// What it was offered when it proved busy.
    pub(crate) ring: Option<Arc<Ring>>,
    /// Passes in a row without a record.
    pub(crate) idle: u32,
}

/// What a core is made of.
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
            shared: Buffer::new(),
            arrivals: Mutex::new(Vec::new()),
            buffers: Mutex::new(Vec::new()),
            listeners: Mutex::new(Vec::new()),
            dispatcher: OnceLock::new(),
            woken: AtomicBool::new(false),
        }
    }

    /// Whether trackers are to be opened on this thread now.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.enabled.load(Relaxed) && !is_suppressed()
    }

    /// Whether this is the process that it was built in, not a fork of that.
    pub(crate) fn is_native(&self) -> bool {
        self.process == std::process::id()
    }

    /// Whether its trackers can have children: not once it was shut down, nor in a fork that has monitors of its own.
    pub(crate) fn may_have_children(&self) -> bool {
        global::is_native(self) && !self.stopped.load(Relaxed)
    }

    /// A buffer for the calling thread; `None` once this was shut down, or in a fork.
    pub(crate) fn new_buffer(&self) -> Option<Arc<Buffer>> {
        if !self.is_native() {
            return None;
        }
        let mut arrivals = lock_std(&self.arrivals);
        // Looked at under the lock, under which shutdown takes the last arrivals.
        if self.stopped.load(Relaxed) {
            return None;
        }
        let buffer = Arc::new(Buffer::new());
        arrivals.push(Arc::clone(&buffer));
        let count = arrivals.len();
        drop(arrivals);
        // Threads that end at once fill no buffer half, yet each holds one.
        if count.is_multiple_of(WAKING_ARRIVALS) {
            self.wake();
        }
        Some(buffer)
    }

    /// Trackers opened and ended so far.
    pub(crate) fn open_counts(&self) -> (u64, u64) {
        // The figures of a thread move to the counters when it has ended, under the lock on the buffers.
        let known = lock_std(&self.buffers);
        let arrived = lock_std(&self.arrivals);
        let mut sum = (self.counters.opened.get(), self.counters.ended.get());
        for buffer in known
            .iter()
            .map(|known| &known.buffer)
            .chain(arrived.iter())
        {
            let (opened, ended) = buffer.counts();
            sum = (sum.0 + opened, sum.1 + ended);
        }
        sum
    }

    /// Replaces a configuration.
    pub(crate) fn set_config<C: Config>(&self, config: C) {
        self.registry.set(config);
        self.configured();
    }

    /// Takes over what may have been set.
    pub(crate) fn configured(&self) {
        self.sampler
            .set(Sampling::clone(&self.registry.get::<Sampling>()));
    }

    pub(crate) fn set_enabled(&self, enabled: bool) {
        self.enabled.store(enabled, SeqCst);
        self.settle_enabled();
    }

    /// Follows a change of `enabled`. Shutdown sets `stopped` before it disables, and this reads it after whoever
    /// enables, so that nothing is enabled that was stopped.
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

    /// Ends the nap of the dispatcher.
    #[cold]
    #[inline(never)]
    pub(crate) fn wake(&self) {
        if !self.woken.swap(true, Relaxed)
            && let Some(dispatcher) = self.dispatcher.get()
        {
            dispatcher.unpark();
        }
    }

    /// The dispatcher is awake; from now on it must be woken again.
    pub(crate) fn awake(&self) {
        self.woken.store(false, Relaxed);
    }
}

// A panic in the middle of anything leaves it valid, so that what is caught by `catch_unwind` may use it.
impl std::panic::RefUnwindSafe for Core {}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("app_id", &self.application.app_id)
            .finish_non_exhaustive()
    }
}

/// Each is itself alone.
impl PartialEq for Core {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Core {}
