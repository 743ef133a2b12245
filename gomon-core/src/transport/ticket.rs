//! Flush requests to the dispatcher.
//!
//! A ticket is drawn before the dispatcher begins a pass over all buffers and is served when that pass is over, so
//! that whatever was in a buffer when the ticket was drawn has been handed to the queues by then. After the last pass
//! the buffers take nothing, and every ticket is served.

use std::thread::ThreadId;
use std::time::Instant;

use crate::sync::{Condvar, Mutex, lock};

#[derive(Debug)]
pub(crate) struct Tickets {
    state: Mutex<State>,
    served: Condvar,
}

#[derive(Debug, Default)]
struct State {
    drawn: u64,
    served: u64,
    /// The pass that begins next is the last.
    last: Option<Last>,
    /// The last is over, and what was to be told after it.
    closed: bool,
}

/// Who ends the passes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Last {
    /// When it goes on, whether they have ended or not. What is told at the end is told long before.
    pub(crate) deadline: Instant,
    /// The thread that waits, which may be a listener's.
    pub(crate) thread: ThreadId,
}

impl Tickets {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State::default()),
            served: Condvar::new(),
        }
    }

    /// A new ticket. The dispatcher must be woken after this.
    pub(crate) fn draw(&self) -> u64 {
        let mut state = lock(&self.state);
        state.drawn += 1;
        state.drawn
    }

    /// Makes the pass that begins next the last. The dispatcher must be woken after this.
    pub(crate) fn end(&self, last: Last) {
        let mut state = lock(&self.state);
        state.drawn += 1;
        state.last = Some(last);
    }

    /// The greatest ticket that a pass which begins now will serve, and whether it is to be the last pass.
    pub(crate) fn begin(&self) -> (u64, Option<Last>) {
        let state = lock(&self.state);
        match state.last {
            // Whoever draws one from now on finds nothing in the buffers that this pass did not take.
            Some(last) => (u64::MAX, Some(last)),
            None => (state.drawn, None),
        }
    }

    /// Whether somebody waits.
    pub(crate) fn is_wanted(&self) -> bool {
        let state = lock(&self.state);
        state.drawn > state.served
    }

    pub(crate) fn serve(&self, ticket: u64) {
        let mut state = lock(&self.state);
        state.served = state.served.max(ticket);
        drop(state);
        self.served.notify_all();
    }

    /// No pass will follow: whoever waits need not.
    pub(crate) fn close(&self) {
        lock(&self.state).closed = true;
        self.served.notify_all();
    }

    /// Waits for the ticket; false if the deadline came first.
    pub(crate) fn wait(&self, ticket: u64, deadline: Instant) -> bool {
        self.wait_until(deadline, |state| state.served >= ticket || state.closed)
    }

    /// Waits until no pass will follow; false if the deadline came first.
    pub(crate) fn wait_closed(&self, deadline: Instant) -> bool {
        self.wait_until(deadline, |state| state.closed)
    }

    fn wait_until(&self, deadline: Instant, reached: impl Fn(&State) -> bool) -> bool {
        let mut state = lock(&self.state);
        while !reached(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self
                .served
                .wait_timeout(state, left)
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .0;
        }
        true
    }
}

#[cfg(all(test, loom))]
mod loom_models {
    use std::sync::Arc;
    use std::time::Duration;

    use loom::thread;

    use super::*;
    use crate::sync::AtomicU64;
    use crate::transport::buffer::{Buffer, Pushed};
    use crate::transport::memory::Memory;
    use std::sync::atomic::Ordering::Relaxed;

    struct Shared {
        tickets: Tickets,
        buffer: Buffer,
        memory: Memory,
        taken: AtomicU64,
    }

    impl Shared {
        fn push(&self) -> u64 {
            u64::from(!matches!(
                self.buffer.push_shared(b"x", &self.memory),
                Pushed::Refused(_)
            ))
        }

        fn wait(&self, ticket: u64) {
            assert!(self.tickets.wait(ticket, far()));
        }

        fn end(&self) {
            self.tickets.end(Last {
                deadline: far(),
                thread: std::thread::current().id(),
            });
            assert!(self.tickets.wait_closed(far()));
        }

        /// The dispatcher's passes, until the last one or one that served `enough`.
        fn dispatch(&self, enough: u64) {
            loop {
                let (ticket, last) = self.tickets.begin();
                if last.is_some() {
                    self.buffer.close();
                }
                for half in 0..2 {
                    if let Some(taken) = self.buffer.take(half, None, &self.memory, true) {
                        self.memory.free(taken.bytes);
                        self.taken.fetch_add(taken.records, Relaxed);
                    }
                }
                self.tickets.serve(ticket);
                if last.is_some() {
                    return self.tickets.close();
                }
                if ticket >= enough {
                    return;
                }
                thread::yield_now();
            }
        }
    }

    fn far() -> Instant {
        Instant::now() + Duration::from_secs(3_600)
    }

    fn model(check: impl Fn(&Arc<Shared>) + Send + Sync + 'static) {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(move || {
            check(&Arc::new(Shared {
                tickets: Tickets::new(),
                buffer: Buffer::new(),
                memory: Memory::new(1024 * 1024),
                taken: AtomicU64::new(0),
            }));
        });
    }

    #[test]
    fn a_flush_misses_nothing_that_ended_before() {
        model(|shared| {
            let dispatcher = thread::spawn({
                let shared = Arc::clone(shared);
                move || shared.dispatch(1)
            });
            let stored = shared.push();
            shared.wait(shared.tickets.draw());
            assert!(shared.taken.load(Relaxed) >= stored);
            dispatcher.join().unwrap();
        });
    }

    #[test]
    fn after_a_shutdown_all_that_was_stored_is_taken() {
        model(|shared| {
            let dispatcher = thread::spawn({
                let shared = Arc::clone(shared);
                move || shared.dispatch(u64::MAX)
            });
            let producer = thread::spawn({
                let shared = Arc::clone(shared);
                move || shared.push() + shared.push()
            });
            shared.end();
            let taken = shared.taken.load(Relaxed);
            assert_eq!(producer.join().unwrap(), taken);
            dispatcher.join().unwrap();
        });
    }

    #[test]
    fn a_flush_that_meets_a_shutdown_returns() {
        model(|shared| {
            let dispatcher = thread::spawn({
                let shared = Arc::clone(shared);
                move || shared.dispatch(u64::MAX)
            });
            let flusher = thread::spawn({
                let shared = Arc::clone(shared);
                move || shared.wait(shared.tickets.draw())
            });
            shared.end();
            flusher.join().unwrap();
            dispatcher.join().unwrap();
        });
    }
}
