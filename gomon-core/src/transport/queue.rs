//! The queue of one listener, bounded in bytes.
//!
//! Every block that is offered gets the next number, also one that is dropped, so that a flush, which waits for
//! a number, cannot be lost in a full queue. Invariants:
//!
//! * `done` is the greatest number such that no block up to it waits or is being delivered.
//! * `offered = delivered + failed + dropped + waiting` in records, whenever the lock is free and no block is in
//!   the hands of the worker.
//! * After [`Queue::abandon`] nothing is delivered that was not begun before.
//! * A queue that is closed while its listener is in quarantine, or before, delivers nothing more.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use crate::sync::{AtomicBool, Condvar, Mutex, MutexGuard, lock};
use crate::transport::batch::Block;

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
    pub(crate) failed_flushes: u64,
    pub(crate) dropped_full: u64,
    pub(crate) dropped_shutdown: u64,
    pub(crate) dropped_quarantine: u64,
    /// No longer in `delivered`.
    pub(crate) lost: Lost,
    pub(crate) bytes: usize,
    pub(crate) busy_since: Option<Instant>,
    pub(crate) quarantined: bool,
    /// It was in quarantine when the queue was closed: it is fed no more.
    pub(crate) left_alone: bool,
    pub(crate) exited: bool,
}

#[derive(Debug, Default)]
struct State {
    blocks: VecDeque<(u64, Arc<Block>)>,
    pushed: u64,
    done: u64,
    flushed: u64,
    wanted: u64,
    /// When the listener requested to be flushed again.
    again: Option<Instant>,
    closed: bool,
    /// The last flush was handed out.
    finished: bool,
    figures: Figures,
}

/// What the worker is to do.
#[derive(Debug)]
pub(crate) enum Work {
    Deliver(Arc<Block>),
    Flush(Cause),
    Exit,
}

/// Why a listener is flushed; see `FlushReason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Idle,
    Timer,
    Requested,
    Last,
}

/// Maximum number of causes for which losses are counted apart.
const MAX_CAUSES: usize = 8;

/// Events that the listener took and lost later, by cause.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lost([(&'static str, u64); MAX_CAUSES + 1]);

impl Lost {
    fn add(&mut self, cause: &'static str, count: u64) {
        let (causes, other) = self.0.split_at_mut(MAX_CAUSES);
        let known = causes
            .iter_mut()
            .find(|(known, count)| *known == cause || *count == 0);
        if let Some(slot) = known {
            *slot = (cause, slot.1 + count);
        } else if let [other] = other {
            *other = ("other", other.1 + count);
        }
    }

    /// Returns the causes with a count above zero.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.into_iter().filter(|(_, count)| *count > 0)
    }

    fn total(&self) -> u64 {
        self.iter().map(|(_, count)| count).sum()
    }
}

impl Figures {
    /// Records that were offered and of which nothing became yet, those in the hands of the worker included.
    pub(crate) fn waiting(&self) -> u64 {
        let dropped = self.dropped_full + self.dropped_shutdown + self.dropped_quarantine;
        let settled = self.delivered + self.failed + dropped + self.lost.total();
        self.offered.saturating_sub(settled)
    }
}

impl Queue {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State::default()),
            work: Condvar::new(),
            progress: Condvar::new(),
            abandoned: AtomicBool::new(false),
        }
    }

    /// Offers a block; what exceeds `limit` bytes is dropped, the newest first. A queue that holds nothing takes any.
    ///
    /// The caller then calls [`wake`](Self::wake), once for all blocks of a pass: a wake-up costs more than a small block.
    /// Returns whether the worker is to be woken at once, as the queue now exceeds a quarter of the limit.
    pub(crate) fn push(&self, block: &Arc<Block>, limit: usize) -> bool {
        let mut state = lock(&self.state);
        state.pushed += 1;
        state.figures.offered += block.records();
        if state.closed {
            state.figures.dropped_shutdown += block.records();
            return false;
        }
        let before = state.figures.bytes;
        let after = before + block.size();
        if before > 0 && after > limit {
            state.figures.dropped_full += block.records();
            return false;
        }
        state.figures.bytes = after;
        let number = state.pushed;
        state.blocks.push_back((number, Arc::clone(block)));
        // A worker that sleeps has an empty queue, so it is woken once where the queue fills.
        before <= limit / 4 && after > limit / 4
    }

    /// Wakes the worker to take the blocks that were pushed.
    pub(crate) fn wake(&self) {
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
            state.done = state.pushed;
        }
        let wanted = state.wanted;
        drop(state);
        self.work.notify_one();
        wanted
    }

    /// Waits until the listener has been fed and flushed up to `number`; false if the deadline came first, or a
    /// quarantine.
    pub(crate) fn wait_flushed(&self, number: u64, deadline: Instant) -> bool {
        let is_flushed = |state: &State| state.flushed >= number || state.figures.exited;
        self.wait(deadline, |state| {
            is_flushed(state) || state.figures.quarantined
        }) && is_flushed(&lock(&self.state))
    }

    /// Waits until the worker has ended; false if the deadline came first.
    pub(crate) fn wait_exited(&self, deadline: Instant) -> bool {
        self.wait(deadline, |state| state.figures.exited)
    }

    /// Waits until the worker has taken all that was offered, has ended or is quarantined.
    pub(crate) fn wait_settled(&self, deadline: Instant) {
        self.wait(deadline, |state| {
            let figures = &state.figures;
            figures.waiting() == 0 || figures.exited || figures.quarantined
        });
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
                return Work::Flush(Cause::Requested);
            }
            if state.again.is_some_and(|again| again <= Instant::now()) {
                return Work::Flush(Cause::Timer);
            }
            if let Some((_, block)) = state.blocks.pop_front() {
                state.figures.busy_since = Some(Instant::now());
                return Work::Deliver(block);
            }
            if state.closed {
                if std::mem::replace(&mut state.finished, true) {
                    return Work::Exit;
                }
                return Work::Flush(Cause::Last);
            }
            if state.done > state.flushed {
                return Work::Flush(Cause::Idle);
            }
            let left = state
                .again
                .map(|again| again.saturating_duration_since(Instant::now()));
            state = match left {
                Some(left) => wait_timeout(&self.work, state, left),
                None => self
                    .work
                    .wait(state)
                    .unwrap_or_else(std::sync::PoisonError::into_inner),
            };
        }
    }

    /// Reports a block as dealt with.
    pub(crate) fn delivered(&self, block: &Block, delivered: u64, failed: u64) {
        let mut state = lock(&self.state);
        state.figures.busy_since = None;
        state.done = state
            .blocks
            .front()
            .map_or(state.pushed, |(number, _)| number - 1);
        state.figures.delivered += delivered;
        state.figures.failed += failed;
        let rest = block.records().saturating_sub(delivered + failed);
        if state.figures.left_alone {
            state.figures.dropped_quarantine += rest;
        } else {
            state.figures.dropped_shutdown += rest;
        }
        if !self.is_abandoned() {
            state.figures.bytes = state.figures.bytes.saturating_sub(block.size());
        }
        drop(state);
        self.progress.notify_all();
    }

    /// Reports that the listener was flushed, and what it answered: after which time it is to be flushed again, and what
    /// it lost by cause.
    pub(crate) fn flushed(
        &self,
        success: bool,
        again: Option<Duration>,
        lost: &[(&'static str, u64)],
    ) {
        let mut state = lock(&self.state);
        state.flushed = state.done;
        state.again = again.and_then(|delay| Instant::now().checked_add(delay));
        let figures = &mut state.figures;
        figures.failed_flushes += u64::from(!success);
        for (cause, count) in lost {
            // Only what was delivered can be lost.
            let count = (*count).min(figures.delivered);
            figures.delivered -= count;
            figures.lost.add(cause, count);
        }
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

    /// Keeps a listener that panicked from its events for `pause`. False if the queue is closed by then: what waits, and
    /// the rest of the block in hand, is dropped.
    #[must_use]
    pub(crate) fn quarantine(&self, pause: Duration) -> bool {
        let deadline = Instant::now() + pause;
        let mut state = lock(&self.state);
        state.figures.quarantined = true;
        self.progress.notify_all();
        while !state.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.figures.quarantined = false;
                return true;
            }
            state = wait_timeout(&self.work, state, left);
        }
        // It stays in quarantine to the end.
        state.figures.left_alone = true;
        let waiting = take_waiting(&mut state);
        state.figures.dropped_quarantine += waiting;
        false
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
        let waiting = take_waiting(&mut state);
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

/// Takes all blocks that wait; how many records they hold.
fn take_waiting(state: &mut State) -> u64 {
    state.figures.bytes = 0;
    let blocks = std::mem::take(&mut state.blocks);
    blocks.iter().map(|(_, block)| block.records()).sum()
}

fn wait_timeout<'a>(
    condvar: &Condvar,
    state: MutexGuard<'a, State>,
    left: Duration,
) -> MutexGuard<'a, State> {
    condvar
        .wait_timeout(state, left)
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::memory::Memory;

    fn block(bytes: usize) -> Arc<Block> {
        let memory = Arc::new(Memory::new(usize::MAX));
        memory.charge(bytes);
        Arc::new(Block::new(Vec::with_capacity(bytes), 1, memory))
    }

    fn deliver(queue: &Queue) {
        let Work::Deliver(block) = queue.next() else {
            panic!("nothing to deliver")
        };
        queue.delivered(&block, 1, 0);
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn what_exceeds_the_limit_is_dropped_unless_nothing_waits() {
        let queue = Queue::new();
        queue.push(&block(1_000), 100);
        queue.push(&block(10), 100);
        assert_eq!(
            (queue.figures().offered, queue.figures().dropped_full),
            (2, 1)
        );
        deliver(&queue);
        assert_eq!(queue.figures().bytes, 0);
        queue.push(&block(1_000), 100);
        assert_eq!(queue.figures().dropped_full, 1);
    }

    #[test]
    fn queue_that_exceeds_a_quarter_of_its_limit_says_so_once() {
        let queue = Queue::new();
        let size = block(100).size();
        let pushed = |_| queue.push(&block(100), 8 * size);
        let expected = [false, false, true, false];
        assert_eq!([0; 4].map(pushed), expected);
        for _ in expected {
            deliver(&queue);
        }
        assert_eq!([0; 4].map(pushed), expected);
        assert!(Queue::new().push(&block(100), size / 2));
        queue.close();
        assert!(!queue.push(&block(100), 1));
    }

    #[test]
    fn a_flush_is_not_lost_in_a_full_queue() {
        let queue = Queue::new();
        queue.push(&block(1_000), 100);
        queue.push(&block(1_000), 100);
        let number = queue.request_flush();
        deliver(&queue);
        assert!(matches!(queue.next(), Work::Flush(_)));
        queue.flushed(true, None, &[]);
        assert!(queue.wait_flushed(number, soon()));
    }

    #[test]
    fn a_flush_comes_before_what_was_offered_after_it() {
        let queue = Queue::new();
        queue.push(&block(10), 1_000);
        let number = queue.request_flush();
        queue.push(&block(10), 1_000);
        deliver(&queue);
        assert!(matches!(queue.next(), Work::Flush(_)));
        queue.flushed(true, None, &[]);
        assert!(queue.wait_flushed(number, soon()));
        deliver(&queue);
    }

    #[test]
    fn a_flush_of_nothing_flushes_all_the_same() {
        let queue = Queue::new();
        for _ in 0..2 {
            let number = queue.request_flush();
            assert!(matches!(queue.next(), Work::Flush(_)));
            queue.flushed(false, None, &[]);
            assert!(queue.wait_flushed(number, soon()));
        }
        assert_eq!(queue.figures().failed_flushes, 2);
    }

    #[test]
    fn a_wait_ends_at_its_deadline() {
        let queue = Queue::new();
        let number = queue.request_flush();
        assert!(!queue.wait_flushed(number, Instant::now()));
        assert!(!queue.wait_exited(Instant::now()));
    }

    #[test]
    fn what_is_left_of_the_block_in_hand_is_dropped_when_the_queue_is_abandoned() {
        let queue = Queue::new();
        queue.push(&block(10), 1_000);
        queue.push(&block(10), 1_000);
        let Work::Deliver(block) = queue.next() else {
            panic!("nothing to deliver")
        };
        queue.abandon();
        assert_eq!(queue.figures().dropped_shutdown, 1);
        queue.delivered(&block, 0, 0);
        assert_eq!(
            (queue.figures().dropped_shutdown, queue.figures().bytes),
            (2, 0)
        );
        assert!(matches!(queue.next(), Work::Exit));
    }

    #[test]
    fn what_waits_in_quarantine_when_the_queue_is_closed_is_dropped() {
        let queue = Queue::new();
        for _ in 0..3 {
            queue.push(&block(10), 1_000);
        }
        let Work::Deliver(block) = queue.next() else {
            panic!("nothing to deliver")
        };
        assert!(queue.quarantine(Duration::ZERO));
        assert!(!queue.figures().quarantined);
        queue.close();
        assert!(!queue.quarantine(Duration::from_secs(60)));
        assert!(queue.figures().quarantined && queue.figures().left_alone);
        assert_eq!(queue.figures().dropped_quarantine, 2);
        queue.delivered(&block, 0, 0);
        let figures = queue.figures();
        assert_eq!((figures.dropped_quarantine, figures.bytes), (3, 0));
        assert_eq!((figures.dropped_shutdown, figures.waiting()), (0, 0));
        // What it took before is flushed once.
        assert!(matches!(queue.next(), Work::Flush(_)));
        queue.flushed(true, None, &[]);
        assert!(matches!(queue.next(), Work::Exit));
    }
}

#[cfg(all(test, loom))]
mod loom_models {
    use std::sync::atomic::AtomicU64;

    use loom::thread;

    use super::*;
    use crate::transport::memory::Memory;

    const FAR: Duration = Duration::from_secs(3_600);

    fn block(records: u64) -> Arc<Block> {
        Arc::new(Block::new(Vec::new(), records, Arc::new(Memory::new(0))))
    }

    /// Room for one block beside the one in hand.
    fn limit() -> usize {
        block(1).size() * 2
    }

    /// Records fed, and how many of them the last flush covered.
    #[derive(Default)]
    struct Fed {
        all: AtomicU64,
        flushed: AtomicU64,
    }

    fn work(queue: &Queue, fed: &Fed) {
        loop {
            match queue.next() {
                Work::Deliver(block) => {
                    fed.all.fetch_add(block.records(), Relaxed);
                    queue.delivered(&block, block.records(), 0);
                }
                Work::Flush(_) => {
                    let all = fed.all.load(Relaxed);
                    queue.flushed(true, None, &[]);
                    fed.flushed.store(all, Relaxed);
                }
                Work::Exit => break,
            }
        }
        queue.exited();
    }

    fn model(check: impl Fn(&Arc<Queue>, &Fed) + Send + Sync + 'static) {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(move || {
            let (queue, fed) = (Arc::new(Queue::new()), Arc::new(Fed::default()));
            let worker = thread::spawn({
                let (queue, fed) = (Arc::clone(&queue), Arc::clone(&fed));
                move || work(&queue, &fed)
            });
            check(&queue, &fed);
            worker.join().unwrap();
            let figures = queue.figures();
            let dropped = figures.dropped_full + figures.dropped_shutdown;
            assert_eq!(
                figures.offered,
                figures.delivered + figures.failed + dropped
            );
            assert_eq!(figures.delivered, fed.all.load(Relaxed));
            assert_eq!(figures.bytes, 0);
        });
    }

    #[test]
    fn a_closed_queue_delivers_what_it_took() {
        model(|queue, fed| {
            for records in 1..=3 {
                queue.push(&block(records), limit());
            }
            queue.close();
            assert!(queue.wait_exited(Instant::now() + FAR));
            assert_eq!(queue.figures().dropped_shutdown, 0);
            assert_eq!(fed.flushed.load(Relaxed), fed.all.load(Relaxed));
        });
    }

    /// Nothing else wakes the worker.
    #[test]
    fn queue_that_fills_is_delivered_without_the_end_of_the_pass() {
        model(|queue, fed| {
            for records in 1..=2 {
                if queue.push(&block(records), limit()) {
                    queue.wake();
                }
            }
            queue.wait_settled(Instant::now() + FAR);
            assert_eq!(fed.all.load(Relaxed), 3);
            queue.close();
        });
    }

    #[test]
    fn an_abandoned_queue_accounts_for_what_it_took() {
        model(|queue, _| {
            queue.push(&block(1), limit());
            queue.push(&block(2), limit());
            queue.abandon();
            queue.push(&block(4), limit());
        });
    }

    #[test]
    fn a_flush_covers_all_that_was_offered_before() {
        model(|queue, fed| {
            for records in 1..=3 {
                queue.push(&block(records), limit());
            }
            let number = queue.request_flush();
            assert!(queue.wait_flushed(number, Instant::now() + FAR));
            let figures = queue.figures();
            assert_eq!(figures.delivered + figures.dropped_full, 6);
            assert_eq!(fed.all.load(Relaxed), figures.delivered);
            queue.close();
        });
    }

    #[test]
    fn flushes_of_two_threads_both_return() {
        model(|queue, _| {
            queue.push(&block(1), limit());
            let other = thread::spawn({
                let queue = Arc::clone(queue);
                move || queue.wait_flushed(queue.request_flush(), Instant::now() + FAR)
            });
            assert!(queue.wait_flushed(queue.request_flush(), Instant::now() + FAR));
            assert!(other.join().unwrap());
            queue.close();
        });
    }

    #[test]
    fn a_flush_that_meets_the_close_returns() {
        model(|queue, _| {
            queue.push(&block(1), limit());
            let other = thread::spawn({
                let queue = Arc::clone(queue);
                move || queue.wait_flushed(queue.request_flush(), Instant::now() + FAR)
            });
            queue.close();
            assert!(other.join().unwrap());
        });
    }

    /// The listener panics at the first of each block, and is left alone after it.
    #[test]
    fn a_quarantine_that_meets_the_close_accounts_for_all() {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(|| {
            let queue = Arc::new(Queue::new());
            let worker = thread::spawn({
                let queue = Arc::clone(&queue);
                move || {
                    let mut fed = 0;
                    loop {
                        match queue.next() {
                            Work::Deliver(block) => {
                                fed += 1;
                                assert!(!queue.quarantine(FAR));
                                queue.delivered(&block, 0, 1);
                            }
                            Work::Flush(_) => queue.flushed(false, None, &[]),
                            Work::Exit => break,
                        }
                    }
                    queue.exited();
                    fed
                }
            });
            queue.push(&block(2), limit());
            queue.push(&block(2), limit());
            queue.wake();
            queue.close();
            queue.push(&block(4), limit());
            assert!(queue.wait_exited(Instant::now() + FAR));
            assert!(worker.join().unwrap() <= 1);
            let figures = queue.figures();
            assert_eq!((figures.waiting(), figures.bytes), (0, 0));
            let dropped = figures.dropped_quarantine + figures.dropped_shutdown;
            assert_eq!(figures.failed + figures.dropped_full + dropped, 8);
        });
    }
}
