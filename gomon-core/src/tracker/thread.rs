//! Thread-local state of trackers: an object pool of bodies, an id generator, and a buffer per monitor.
//!
//! All access is by `try_with` and `try_borrow_mut`. In a thread-local destructor this state may already be destroyed;
//! a tracker then uses a fresh body and the monitor's shared buffer.

use std::cell::RefCell;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::panicking;

use crate::id::Id;
use crate::id::ids::{Ids, flag};
use crate::id::random::Random;
use crate::id::trace::SpanId;
use crate::id::traceparent::{TraceContext, TraceParent};
use crate::state::core::Core;
use crate::tracker::body::Body;
use crate::tracker::charge::RECORD;
use crate::transport::buffer::{DropCause, Producer, PushResult};

/// Maximum number of pooled bodies.
const MAX_POOLED: usize = 32;
/// Maximum capacity of a pooled body's record.
const MAX_POOLED_CAPACITY: usize = 2048;

thread_local! {
    static LOCAL: RefCell<Local> = const { RefCell::new(Local::NEW) };
}

struct Local {
    /// Boxed, so that only a pointer moves in and out.
    #[allow(clippy::vec_box)]
    pool: Vec<Box<Body>>,
    random: Random,
    /// The process in which `random` was seeded: a fork would repeat its parent's ids.
    process: u32,
    /// The buffer used last is the first.
    buffers: Vec<(&'static Core, Producer)>,
}

/// Opens a tracker whose parent is the application event.
#[inline(never)]
pub(crate) fn open_root(core: &'static Core, fingerprint: &'static str) -> Option<Box<Body>> {
    open(core, fingerprint, |random| {
        let id = Id::from_random(random.next(), random.next());
        let ids = Ids {
            id,
            other_half: id.lo(),
            flags: flag::RANDOM | flag::SAMPLED,
        };
        (ids, core.application.id)
    })
}

/// Opens a child of `parent`.
#[inline(never)]
pub(crate) fn open_child(
    core: &'static Core,
    fingerprint: &'static str,
    parent: &Ids,
) -> Option<Box<Body>> {
    open(core, fingerprint, |random| {
        (
            Ids {
                id: Id::from_parts(parent.id.hi(), random.next()),
                flags: parent.flags & !flag::REFUSED,
                ..*parent
            },
            parent.id,
        )
    })
}

/// Opens a tracker whose parent is in another process.
#[inline(never)]
pub(crate) fn open_remote(
    core: &'static Core,
    fingerprint: &'static str,
    remote: &TraceContext,
) -> Option<Box<Body>> {
    let TraceParent {
        trace_id,
        parent_id,
        flags,
    } = remote.parent;
    open(core, fingerprint, |random| {
        let span = SpanId::from_u64(random.next());
        let flags = flags & (flag::SAMPLED | flag::RANDOM);
        (
            Ids::in_trace(trace_id, span, flags),
            Id::in_trace(trace_id, parent_id),
        )
    })
}

/// Returns the sealed record of one of GoMon's own events, which no thread opened.
pub(crate) fn own_record(
    core: &'static Core,
    fingerprint: &'static str,
    id: Id,
    parent: Id,
    describe: impl FnOnce(&mut Body),
) -> Vec<u8> {
    let ids = Ids {
        id,
        other_half: id.lo(),
        flags: flag::RANDOM | flag::SAMPLED,
    };
    let mut body = Body::own(core);
    body.begin(core, fingerprint, ids, parent, core.clock.ticks());
    describe(&mut body);
    body.seal(body.start);
    body.record.as_slice().to_vec()
}

/// Opens a tracker; `ids` returns its ids and its parent. Returns `None` beyond the budget of open trackers.
#[inline(always)]
fn open(
    core: &'static Core,
    fingerprint: &'static str,
    ids: impl Fn(&mut Random) -> (Ids, Id),
) -> Option<Box<Body>> {
    let opened = LOCAL.try_with(|local| {
        let mut local = local.try_borrow_mut().ok()?;
        let local = &mut *local;
        let (mut body, refused) = local.body(core)?;
        if local
            .buffer(core)
            .map(|buffer| buffer.count_opened())
            .is_none()
        {
            core.counters.opened.add(1);
            local.seed();
        }
        let (mut ids, parent) = ids(&mut local.random);
        ids.flags |= refused;
        body.begin(core, fingerprint, ids, parent, core.clock.ticks());
        Some(body)
    });
    let mut body = match opened {
        Ok(Some(body)) => body,
        _ => open_late(core, fingerprint, ids)?,
    };
    if panicking() {
        body.opens_unwinding();
    }
    Some(body)
}

#[cold]
#[inline(never)]
fn open_late(
    core: &'static Core,
    fingerprint: &'static str,
    ids: impl Fn(&mut Random) -> (Ids, Id),
) -> Option<Box<Body>> {
    let Some(mut body) = Body::fresh(core) else {
        core.counters.open_budget.add(1);
        return None;
    };
    let (mut ids, parent) = ids(&mut Random::from_os());
    ids.flags |= body.ids.flags;
    core.counters.opened.add(1);
    body.begin(core, fingerprint, ids, parent, core.clock.ticks());
    Some(body)
}

/// Ends a tracker and stores its record in the buffer of this thread.
///
/// Never inlined, so that dropping an empty tracker stays a comparison.
#[inline(never)]
pub(crate) fn end(body: Box<Body>) {
    let end = body.core.clock.ticks();
    end_at(body, end);
}

/// Like [`end`], at a time in ticks.
#[inline]
pub(crate) fn end_at(mut body: Box<Body>, end: u64) {
    let core = body.core;
    body.seal(end);
    let mut held = Some(body);
    let pushed = LOCAL.try_with(|local| {
        let mut local = local.try_borrow_mut().ok()?;
        let body = held.take()?;
        let pushed = local.push(core, &body);
        local.keep(body);
        Some(pushed)
    });
    match (pushed, held) {
        (Ok(Some(PushResult::Stored)), _) => {}
        (Ok(Some(pushed)), _) => settle(core, pushed),
        (_, None) => {}
        (_, Some(body)) => settle(core, deliver_late(&body)),
    }
}

/// Delivers the record of a sealed body.
#[cold]
#[inline(never)]
pub(crate) fn deliver(body: &Body) {
    let core = body.core;
    let pushed = LOCAL.try_with(|local| Some(local.try_borrow_mut().ok()?.push(core, body)));
    let pushed = pushed.ok().flatten();
    settle(core, pushed.unwrap_or_else(|| deliver_late(body)));
}

#[cold]
pub(crate) fn settle(core: &'static Core, pushed: PushResult) {
    match pushed {
        PushResult::Stored => {}
        PushResult::Filling => core.wake(),
        PushResult::Dropped(cause) => core.counters.count_dropped(cause, 1),
    }
}

#[cold]
#[inline(never)]
fn deliver_late(body: &Body) -> PushResult {
    let core = body.core;
    core.counters.ended.add(1);
    // In a fork, the lock of the buffer may be held by a thread that does not exist there.
    if !core.is_native() {
        return PushResult::Dropped(DropCause::Closed);
    }
    if body.ids.is_recorded() {
        core.late.push(body.record.as_slice(), &core.memory)
    } else {
        body.unrecorded()
    }
}

/// Counts a tracker as ended without delivering its record, and pools its body.
pub(crate) fn absorb(body: Box<Body>) {
    let core = body.core;
    let mut held = Some(body);
    let counted = LOCAL.try_with(|local| {
        let mut local = local.try_borrow_mut().ok()?;
        let counted = local.buffer(core).map(|buffer| buffer.count_ended());
        if let Some(body) = held.take() {
            local.keep(body);
        }
        counted
    });
    if !matches!(counted, Ok(Some(()))) {
        core.counters.ended.add(1);
    }
}

impl Local {
    const NEW: Self = Self {
        pool: Vec::new(),
        random: Random::UNSEEDED,
        process: 0,
        buffers: Vec::new(),
    };

    /// Returns a body from the pool, or a new one, and its flag; `None` beyond the budget of open trackers.
    #[inline(always)]
    fn body(&mut self, core: &'static Core) -> Option<(Box<Body>, u8)> {
        if let Some(mut body) = self.pool.pop()
            && (body.charge.is_to(core) || body.move_to(core))
        {
            return Some((body, 0));
        }
        let body = Body::fresh(core)?;
        let refused = body.ids.flags;
        Some((body, refused))
    }

    /// Returns this thread's buffer for `core`, or `None` after shutdown.
    #[inline]
    fn buffer(&mut self, core: &'static Core) -> Option<&mut Producer> {
        let is_first = self
            .buffers
            .first()
            .is_some_and(|(first, _)| std::ptr::eq(*first, core));
        if !is_first {
            self.attach(core)?;
        }
        self.buffers.first_mut().map(|(_, buffer)| buffer)
    }

    #[cold]
    #[inline(never)]
    fn attach(&mut self, core: &'static Core) -> Option<()> {
        self.seed();
        self.buffers.retain(|(core, _)| !core.stopped.load(Relaxed));
        if let Some(at) = self
            .buffers
            .iter()
            .position(|(other, _)| std::ptr::eq(*other, core))
        {
            self.buffers.swap(0, at);
            return Some(());
        }
        let producer = core.new_producer()?;
        self.buffers.insert(0, (core, producer));
        Some(())
    }

    #[cold]
    fn seed(&mut self) {
        let process = std::process::id();
        if self.process != process || !self.random.is_seeded() {
            self.process = process;
            self.random = Random::from_os();
            // Inherited buffers belong to the parent process.
            self.buffers.clear();
        }
    }

    /// Stores the record of a sealed body in this thread's buffer.
    #[inline(always)]
    fn push(&mut self, core: &'static Core, body: &Body) -> PushResult {
        let is_recorded = body.ids.is_recorded();
        let Some(buffer) = self.buffer(core) else {
            core.counters.ended.add(1);
            return if is_recorded {
                PushResult::Dropped(DropCause::Closed)
            } else {
                body.unrecorded()
            };
        };
        buffer.count_ended();
        if is_recorded {
            buffer.push(body.record.as_padded_slice())
        } else {
            body.unrecorded()
        }
    }

    #[inline(always)]
    fn keep(&mut self, mut body: Box<Body>) {
        let is_usual = (RECORD..=MAX_POOLED_CAPACITY).contains(&body.record.capacity());
        if self.pool.len() < MAX_POOLED && is_usual {
            body.clean();
            self.pool.push(body);
        }
    }
}
