//! The queue of one listener, bounded in bytes.
//!
//! Every block that is offered gets the next number, also one that is dropped, so that a flush, which waits for
//! a number, cannot be lost in a full queue. Invariants:
//!
//! * `done` is the greatest number such that no block up to it waits or is being delivered.
//! * `offered = delivered + failed + dropped + waiting` in records, whenever the lock is free and no block is in
//!   the hands of the worker.
//! * After [`Queue::abandon`] nothing is delivered that was not begun before.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::block::Block;
use crate::sync::{Arc, Condvar, Mutex, MutexGuard, lock};

#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Something for the worker to do.
    work: Condvar,
    /// Something for those who wait for the worker.
    progress: Condvar,
    /// Told apart from the state, so that the worker may ask before every event.
    abandoned: AtomicBool,
}

/// What is known of a queue at one moment; numbers of records, except `bytes`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) offered: u64,
    pub(crate) delivered: u64,
    pub(crate) failed: u64,
    pub(crate) dropped_full: u64,
    pub(crate) dropped_shutdown: u64,
    pub(crate) bytes: usize,
    pub(crate) busy_since: Option<Instant>,
    pub(crate) quarantined: bool,
    pub(crate) exited: bool,
}

#[derive(Debug, Default)]
struct State {
    blocks: VecDeque<(u64, Arc<Block>)>,
    pushed: u64,
    done: u64,
    flushed: u64,
    wanted: u64,
    closed: bool,
    figures: Figures,
}

/// What the worker is to do.
#[derive(Debug)]
pub(crate) enum Work {
    Deliver(Arc<Block>),
    Flush,
    Exit,
}

impl Queue {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::new(State::default()), work: Condvar::new(), progress: Condvar::new(), abandoned: AtomicBool::new(false) }
    }

    /// Offers a block; what exceeds `limit` bytes is dropped, the newest first.
    pub(crate) fn push(&self, block: &Arc<Block>, limit: usize) {
        let mut state = lock(&self.state);
        state.pushed += 1;
        state.figures.offered += block.records();
        if state.closed {
            state.figures.dropped_shutdown += block.records();
            return;
        }
        if state.figures.bytes + block.size() > limit {
            state.figures.dropped_full += block.records();
            if state.blocks.is_empty() && state.figures.busy_since.is_none() {
                state.done = state.pushed;
            }
            return;
        }
        state.figures.bytes += block.size();
        let number = state.pushed;
        state.blocks.push_back((number, Arc::clone(block)));
        drop(state);
        self.work.notify_one();
    }

    /// The number that a flush of all offered so far has to wait for.
    pub(crate) fn request_flush(&self) -> u64 {
        let mut state = lock(&self.state);
        state.wanted = state.wanted.max(state.pushed);
        // Nothing was offered since the last flush, or ever: what was fed is flushed again all the same.
        if state.flushed >= state.wanted {
            state.pushed += 1;
            state.wanted = state.pushed;
            if state.blocks.is_empty() && state.figures.busy_since.is_none() {
                state.done = state.pushed;
            }
        }
        let wanted = state.wanted;
        drop(state);
        self.work.notify_one();
        wanted
    }

    /// Waits until the listener has been fed and flushed up to `number`; false if the deadline came first.
    pub(crate) fn wait_flushed(&self, number: u64, deadline: Instant) -> bool {
        self.wait(deadline, |state| state.flushed >= number || state.figures.exited)
    }

    /// Waits until the worker has ended; false if the deadline came first.
    pub(crate) fn wait_exited(&self, deadline: Instant) -> bool {
        self.wait(deadline, |state| state.figures.exited)
    }

    fn wait(&self, deadline: Instant, reached: impl Fn(&State) -> bool) -> bool {
        let mut state = lock(&self.state);
        while !reached(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = wait_timeout(&self.progress, state, left);
        }
        true
    }

    /// What to do next; waits for it. What was taken before must have been reported.
    pub(crate) fn next(&self) -> Work {
        let mut state = lock(&self.state);
        loop {
            if self.is_abandoned() {
                return Work::Exit;
            }
            if state.wanted > state.flushed && state.done >= state.wanted {
                return Work::Flush;
            }
            if let Some((_, block)) = state.blocks.pop_front() {
                state.figures.busy_since = Some(Instant::now());
                return Work::Deliver(block);
            }
            if state.done > state.flushed {
                return Work::Flush;
            }
            if state.closed {
                return Work::Exit;
            }
            state = self.work.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    /// Reports a block as dealt with.
    pub(crate) fn delivered(&self, block: &Block, delivered: u64, failed: u64) {
        let mut state = lock(&self.state);
        state.figures.busy_since = None;
        state.done = state.blocks.front().map_or(state.pushed, |(number, _)| number - 1);
        state.figures.delivered += delivered;
        state.figures.failed += failed;
        state.figures.dropped_shutdown += block.records().saturating_sub(delivered + failed);
        if !self.is_abandoned() {
            state.figures.bytes = state.figures.bytes.saturating_sub(block.size());
        }
        drop(state);
        self.progress.notify_all();
    }

    /// Reports that the listener was flushed.
    pub(crate) fn flushed(&self) {
        let mut state = lock(&self.state);
        state.flushed = state.done;
        drop(state);
        self.progress.notify_all();
    }

    /// Reports that the worker ends.
    pub(crate) fn exited(&self) {
        let mut state = lock(&self.state);
        state.figures.exited = true;
        drop(state);
        self.progress.notify_all();
    }

    /// Keeps a listener that panicked from its events for `pause`, or until the monitor is shut down.
    pub(crate) fn quarantine(&self, pause: Duration) {
        let deadline = Instant::now() + pause;
        let mut state = lock(&self.state);
        state.figures.quarantined = true;
        while !state.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = wait_timeout(&self.work, state, left);
        }
        state.figures.quarantined = false;
    }

    /// Takes no more blocks; the worker ends when it has delivered what waits.
    pub(crate) fn close(&self) {
        lock(&self.state).closed = true;
        self.work.notify_all();
    }

    /// Drops what waits; the worker ends after the event in its hands.
    pub(crate) fn abandon(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        self.abandoned.store(true, Relaxed);
        state.figures.bytes = 0;
        let blocks = std::mem::take(&mut state.blocks);
        let waiting: u64 = blocks.iter().map(|(_, block)| block.records()).sum();
        state.figures.dropped_shutdown += waiting;
        drop(state);
        self.work.notify_all();
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Relaxed)
    }

    pub(crate) fn figures(&self) -> Figures {
        lock(&self.state).figures
    }
}

fn wait_timeout<'a>(condvar: &Condvar, state: MutexGuard<'a, State>, left: Duration) -> MutexGuard<'a, State> {
    condvar.wait_timeout(state, left).unwrap_or_else(std::sync::PoisonError::into_inner).0
}
