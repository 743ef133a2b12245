//! Queue of one listener, bounded in bytes.
//!
//! Every offered batch gets the next number, even if it is dropped. A flush waits for a number, so
//! a full queue cannot lose it. Invariants:
//!
//! * `done` is the greatest number such that no batch up to it waits or is being delivered.
//! * `offered = delivered + failed + dropped + waiting` in records, while the lock is free and the
//!   worker holds no batch.
//! * After [`Queue::abandon`] no further delivery begins.
//! * A queue that is closed before or during a quarantine of its listener delivers nothing more.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use crate::sync::{AtomicBool, Condvar, Mutex, lock, wait_for, wait_until};
use crate::transport::batch::Batch;

#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Notified when there is work for the worker.
    work: Condvar,
    /// Notified when the worker has made progress.
    progress: Condvar,
    /// Not part of the state, so that the worker can read it before every event.
    abandoned: AtomicBool,
}

/// Snapshot of a queue. All numbers are records, except `bytes`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) offered: u64,
    pub(crate) delivered: u64,
    pub(crate) failed: u64,
    pub(crate) failed_flushes: u64,
    pub(crate) dropped_full: u64,
    pub(crate) dropped_shutdown: u64,
    pub(crate) dropped_quarantine: u64,
    /// Not included in `delivered`.
    pub(crate) lost: Lost,
    pub(crate) bytes: usize,
    pub(crate) busy_since: Option<Instant>,
    pub(crate) quarantined: bool,
    /// Whether the listener was quarantined when the queue was closed. It receives nothing more.
    pub(crate) quarantined_at_close: bool,
    pub(crate) exited: bool,
}

#[derive(Debug, Default)]
struct State {
    batches: VecDeque<(u64, Arc<Batch>)>,
    pushed: u64,
    done: u64,
    flushed: u64,
    requested: u64,
    /// Time of the next flush that the listener requested.
    again: Option<Instant>,
    closed: bool,
    /// Whether the last flush was handed out.
    finished: bool,
    figures: Figures,
}

/// Next task of the worker.
#[derive(Debug)]
pub(crate) enum Work {
    Deliver(Arc<Batch>),
    Flush(Cause),
    Exit,
}

/// Reason of a flush. See `FlushReason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Idle,
    Timer,
    Requested,
    Last,
}

/// Maximum number of causes that are counted separately.
const MAX_CAUSES: usize = 8;

/// Events that the listener accepted and lost later, by cause.
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
    /// Returns the number of records that wait, including those that the worker holds.
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

    /// Appends a batch, or drops it if the queue would exceed `limit` bytes. An empty queue accepts
    /// any batch.
    ///
    /// The caller calls [`wake`](Self::wake) once for all batches of a pass, since a wake-up costs
    /// more than a small batch. Returns whether to wake the worker at once because the queue has
    /// just exceeded a quarter of the limit.
    pub(crate) fn push(&self, batch: &Arc<Batch>, limit: usize) -> bool {
        let mut state = lock(&self.state);
        state.pushed += 1;
        state.figures.offered += batch.records();
        if state.closed {
            state.figures.dropped_shutdown += batch.records();
            return false;
        }
        let before = state.figures.bytes;
        let after = before + batch.size();
        if before > 0 && after > limit {
            state.figures.dropped_full += batch.records();
            return false;
        }
        state.figures.bytes = after;
        let number = state.pushed;
        state.batches.push_back((number, Arc::clone(batch)));
        // A sleeping worker has an empty queue, so it is woken once while the queue fills.
        before <= limit / 4 && after > limit / 4
    }

    /// Wakes the worker.
    pub(crate) fn wake(&self) {
        self.work.notify_one();
    }

    /// Requests a flush of everything offered so far, and returns the number to wait for.
    pub(crate) fn request_flush(&self) -> u64 {
        let mut state = lock(&self.state);
        state.requested = state.requested.max(state.pushed);
        // Without new batches, the listener is flushed once more all the same.
        if state.flushed >= state.requested {
            state.pushed += 1;
            state.requested = state.pushed;
            state.done = state.pushed;
        }
        let requested = state.requested;
        drop(state);
        self.work.notify_one();
        requested
    }

    /// Waits until the listener was flushed up to `number`. Returns false if the deadline or a
    /// quarantine came first.
    pub(crate) fn wait_flushed(&self, number: u64, deadline: Instant) -> bool {
        let is_flushed = |state: &State| state.flushed >= number || state.figures.exited;
        self.wait(deadline, |state| {
            is_flushed(state) || state.figures.quarantined
        }) && is_flushed(&lock(&self.state))
    }

    /// Waits until the worker has ended. Returns false if the deadline came first.
    pub(crate) fn wait_exited(&self, deadline: Instant) -> bool {
        self.wait(deadline, |state| state.figures.exited)
    }

    /// Waits until the worker has processed all batches, has ended or is quarantined.
    pub(crate) fn wait_settled(&self, deadline: Instant) {
        self.wait(deadline, |state| {
            let figures = &state.figures;
            figures.waiting() == 0 || figures.exited || figures.quarantined
        });
    }

    fn wait(&self, deadline: Instant, reached: impl Fn(&State) -> bool) -> bool {
        wait_for(&self.progress, lock(&self.state), deadline, reached).1
    }

    /// Waits for the next task.
    ///
    /// The caller must have reported the previous one.
    pub(crate) fn next(&self) -> Work {
        let mut state = lock(&self.state);
        loop {
            if self.is_abandoned() {
                return Work::Exit;
            }
            if state.requested > state.flushed && state.done >= state.requested {
                return Work::Flush(Cause::Requested);
            }
            if state.again.is_some_and(|again| again <= Instant::now()) {
                return Work::Flush(Cause::Timer);
            }
            if let Some((_, batch)) = state.batches.pop_front() {
                state.figures.busy_since = Some(Instant::now());
                return Work::Deliver(batch);
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
            state = match state.again {
                Some(again) => wait_until(&self.work, state, again),
                None => self
                    .work
                    .wait(state)
                    .unwrap_or_else(std::sync::PoisonError::into_inner),
            };
        }
    }

    /// Reports that a batch was processed.
    pub(crate) fn delivered(&self, batch: &Batch, delivered: u64, failed: u64) {
        let mut state = lock(&self.state);
        state.figures.busy_since = None;
        state.done = state
            .batches
            .front()
            .map_or(state.pushed, |(number, _)| number - 1);
        state.figures.delivered += delivered;
        state.figures.failed += failed;
        let rest = batch.records().saturating_sub(delivered + failed);
        if state.figures.quarantined_at_close {
            state.figures.dropped_quarantine += rest;
        } else {
            state.figures.dropped_shutdown += rest;
        }
        if !self.is_abandoned() {
            state.figures.bytes = state.figures.bytes.saturating_sub(batch.size());
        }
        drop(state);
        self.progress.notify_all();
    }

    /// Reports a flush: after what time the listener is to be flushed again, and what it lost by
    /// cause.
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
            // Only delivered events can be lost.
            let count = (*count).min(figures.delivered);
            figures.delivered -= count;
            figures.lost.add(cause, count);
        }
        drop(state);
        self.progress.notify_all();
    }

    /// Reports that the worker has ended.
    pub(crate) fn exited(&self) {
        let mut state = lock(&self.state);
        state.figures.exited = true;
        drop(state);
        self.progress.notify_all();
    }

    /// Quarantines a listener for `pause` after a panic.
    ///
    /// Returns false if the queue was closed meanwhile. Waiting batches and the rest of the current
    /// one are then dropped.
    #[must_use]
    pub(crate) fn quarantine(&self, pause: Duration) -> bool {
        let deadline = Instant::now() + pause;
        let mut state = lock(&self.state);
        state.figures.quarantined = true;
        self.progress.notify_all();
        let (mut state, is_closed) = wait_for(&self.work, state, deadline, |state| state.closed);
        if !is_closed {
            state.figures.quarantined = false;
            return true;
        }
        // The listener stays quarantined.
        state.figures.quarantined_at_close = true;
        let waiting = take_waiting(&mut state);
        state.figures.dropped_quarantine += waiting;
        false
    }

    /// Closes the queue: it accepts nothing more. The worker ends when all waiting batches are
    /// delivered.
    pub(crate) fn close(&self) {
        lock(&self.state).closed = true;
        self.work.notify_all();
    }

    /// Drops all waiting batches. The worker ends after the current event.
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

/// Removes all waiting batches and returns the number of their records.
fn take_waiting(state: &mut State) -> u64 {
    state.figures.bytes = 0;
    let batches = std::mem::take(&mut state.batches);
    batches.iter().map(|(_, batch)| batch.records()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::memory::Memory;

    fn batch(bytes: usize) -> Arc<Batch> {
        let memory = Arc::new(Memory::new(usize::MAX));
        memory.charge(bytes);
        Arc::new(Batch::new(Vec::with_capacity(bytes), 1, memory))
    }

    fn deliver(queue: &Queue) {
        let Work::Deliver(batch) = queue.next() else {
            panic!("no batch to deliver")
        };
        queue.delivered(&batch, 1, 0);
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn batch_beyond_the_limit_is_dropped_unless_the_queue_is_empty() {
        let queue = Queue::new();
        queue.push(&batch(1_000), 100);
        queue.push(&batch(10), 100);
        assert_eq!(
            (queue.figures().offered, queue.figures().dropped_full),
            (2, 1)
        );
        deliver(&queue);
        assert_eq!(queue.figures().bytes, 0);
        queue.push(&batch(1_000), 100);
        assert_eq!(queue.figures().dropped_full, 1);
    }

    #[test]
    fn push_beyond_a_quarter_of_the_limit_wakes_the_worker_once() {
        let queue = Queue::new();
        let size = batch(100).size();
        let pushed = |_| queue.push(&batch(100), 8 * size);
        let expected = [false, false, true, false];
        assert_eq!([0; 4].map(pushed), expected);
        for _ in expected {
            deliver(&queue);
        }
        assert_eq!([0; 4].map(pushed), expected);
        assert!(Queue::new().push(&batch(100), size / 2));
        queue.close();
        assert!(!queue.push(&batch(100), 1));
    }

    #[test]
    fn full_queue_loses_no_flush() {
        let queue = Queue::new();
        queue.push(&batch(1_000), 100);
        queue.push(&batch(1_000), 100);
        let number = queue.request_flush();
        deliver(&queue);
        assert!(matches!(queue.next(), Work::Flush(_)));
        queue.flushed(true, None, &[]);
        assert!(queue.wait_flushed(number, soon()));
    }

    #[test]
    fn flush_precedes_later_batches() {
        let queue = Queue::new();
        queue.push(&batch(10), 1_000);
        let number = queue.request_flush();
        queue.push(&batch(10), 1_000);
        deliver(&queue);
        assert!(matches!(queue.next(), Work::Flush(_)));
        queue.flushed(true, None, &[]);
        assert!(queue.wait_flushed(number, soon()));
        deliver(&queue);
    }

    #[test]
    fn empty_queue_is_flushed() {
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
    fn wait_ends_at_its_deadline() {
        let queue = Queue::new();
        let number = queue.request_flush();
        assert!(!queue.wait_flushed(number, Instant::now()));
        assert!(!queue.wait_exited(Instant::now()));
    }

    #[test]
    fn abandon_drops_the_rest_of_the_current_batch() {
        let queue = Queue::new();
        queue.push(&batch(10), 1_000);
        queue.push(&batch(10), 1_000);
        let Work::Deliver(batch) = queue.next() else {
            panic!("no batch to deliver")
        };
        queue.abandon();
        assert_eq!(queue.figures().dropped_shutdown, 1);
        queue.delivered(&batch, 0, 0);
        assert_eq!(
            (queue.figures().dropped_shutdown, queue.figures().bytes),
            (2, 0)
        );
        assert!(matches!(queue.next(), Work::Exit));
    }

    #[test]
    fn close_during_quarantine_drops_waiting_batches() {
        let queue = Queue::new();
        for _ in 0..3 {
            queue.push(&batch(10), 1_000);
        }
        let Work::Deliver(batch) = queue.next() else {
            panic!("no batch to deliver")
        };
        assert!(queue.quarantine(Duration::ZERO));
        assert!(!queue.figures().quarantined);
        queue.close();
        assert!(!queue.quarantine(Duration::from_secs(60)));
        assert!(queue.figures().quarantined && queue.figures().quarantined_at_close);
        assert_eq!(queue.figures().dropped_quarantine, 2);
        queue.delivered(&batch, 0, 0);
        let figures = queue.figures();
        assert_eq!((figures.dropped_quarantine, figures.bytes), (3, 0));
        assert_eq!((figures.dropped_shutdown, figures.waiting()), (0, 0));
        // Events delivered before are flushed once.
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

    fn batch(records: u64) -> Arc<Batch> {
        Arc::new(Batch::new(Vec::new(), records, Arc::new(Memory::new(0))))
    }

    /// Room for one batch besides the current one.
    fn limit() -> usize {
        batch(1).size() * 2
    }

    /// Number of records fed, and of those covered by the last flush.
    #[derive(Default)]
    struct Fed {
        all: AtomicU64,
        flushed: AtomicU64,
    }

    fn work(queue: &Queue, fed: &Fed) {
        loop {
            match queue.next() {
                Work::Deliver(batch) => {
                    fed.all.fetch_add(batch.records(), Relaxed);
                    queue.delivered(&batch, batch.records(), 0);
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
    fn closed_queue_delivers_accepted_batches() {
        model(|queue, fed| {
            for records in 1..=3 {
                queue.push(&batch(records), limit());
            }
            queue.close();
            assert!(queue.wait_exited(Instant::now() + FAR));
            assert_eq!(queue.figures().dropped_shutdown, 0);
            assert_eq!(fed.flushed.load(Relaxed), fed.all.load(Relaxed));
        });
    }

    /// No other call wakes the worker.
    #[test]
    fn filling_queue_is_delivered_before_the_pass_ends() {
        model(|queue, fed| {
            for records in 1..=2 {
                if queue.push(&batch(records), limit()) {
                    queue.wake();
                }
            }
            queue.wait_settled(Instant::now() + FAR);
            assert_eq!(fed.all.load(Relaxed), 3);
            queue.close();
        });
    }

    #[test]
    fn abandoned_queue_accounts_for_all_records() {
        model(|queue, _| {
            queue.push(&batch(1), limit());
            queue.push(&batch(2), limit());
            queue.abandon();
            queue.push(&batch(4), limit());
        });
    }

    #[test]
    fn flush_covers_all_earlier_batches() {
        model(|queue, fed| {
            for records in 1..=3 {
                queue.push(&batch(records), limit());
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
    fn concurrent_flushes_return() {
        model(|queue, _| {
            queue.push(&batch(1), limit());
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
    fn flush_during_close_returns() {
        model(|queue, _| {
            queue.push(&batch(1), limit());
            let other = thread::spawn({
                let queue = Arc::clone(queue);
                move || queue.wait_flushed(queue.request_flush(), Instant::now() + FAR)
            });
            queue.close();
            assert!(other.join().unwrap());
        });
    }

    /// The listener panics on the first record of each batch and stays quarantined.
    #[test]
    fn quarantine_during_close_accounts_for_all_records() {
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
                            Work::Deliver(batch) => {
                                fed += 1;
                                assert!(!queue.quarantine(FAR));
                                queue.delivered(&batch, 0, 1);
                            }
                            Work::Flush(_) => queue.flushed(false, None, &[]),
                            Work::Exit => break,
                        }
                    }
                    queue.exited();
                    fed
                }
            });
            queue.push(&batch(2), limit());
            queue.push(&batch(2), limit());
            queue.wake();
            queue.close();
            queue.push(&batch(4), limit());
            assert!(queue.wait_exited(Instant::now() + FAR));
            assert!(worker.join().unwrap() <= 1);
            let figures = queue.figures();
            assert_eq!((figures.waiting(), figures.bytes), (0, 0));
            let dropped = figures.dropped_quarantine + figures.dropped_shutdown;
            assert_eq!(figures.failed + figures.dropped_full + dropped, 8);
        });
    }
}
