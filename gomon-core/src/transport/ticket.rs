//! Flush requests to the dispatcher.
//!
//! A ticket is served by the first pass over all buffers that begins after the ticket was drawn. At
//! its end, everything that was in a buffer at the draw has reached the queues. After the last pass
//! the buffers accept nothing, and every ticket is served.

use std::thread::ThreadId;
use std::time::Instant;

use crate::sync::{Condvar, Mutex, lock, wait_for};

#[derive(Debug)]
pub(crate) struct Tickets {
    state: Mutex<State>,
    served: Condvar,
}

#[derive(Debug, Default)]
struct State {
    drawn: u64,
    served: u64,
    /// Set if the next pass is the last one.
    last: Option<Last>,
    /// Whether the last pass is over and the last health event was sent.
    closed: bool,
}

/// Request for the last pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Last {
    /// Deadline for shutdown. The last health event is sent well before it.
    pub(crate) deadline: Instant,
    /// The waiting thread, which may be that of a listener.
    pub(crate) thread: ThreadId,
}

impl Tickets {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State::default()),
            served: Condvar::new(),
        }
    }

    /// Draws a ticket. The caller must wake the dispatcher afterwards.
    pub(crate) fn draw(&self) -> u64 {
        let mut state = lock(&self.state);
        state.drawn += 1;
        state.drawn
    }

    /// Makes the next pass the last one. The caller must wake the dispatcher afterwards.
    pub(crate) fn end(&self, last: Last) {
        let mut state = lock(&self.state);
        state.drawn += 1;
        state.last = Some(last);
    }

    /// Begins a pass. Returns the greatest ticket that it serves, and the request if it is the last
    /// pass.
    pub(crate) fn begin(&self) -> (u64, Option<Last>) {
        let state = lock(&self.state);
        match state.last {
            // Later tickets find the buffers empty after this pass.
            Some(last) => (u64::MAX, Some(last)),
            None => (state.drawn, None),
        }
    }

    /// Returns whether a ticket has not been served yet.
    pub(crate) fn has_waiters(&self) -> bool {
        let state = lock(&self.state);
        state.drawn > state.served
    }

    pub(crate) fn serve(&self, ticket: u64) {
        let mut state = lock(&self.state);
        state.served = state.served.max(ticket);
        drop(state);
        self.served.notify_all();
    }

    /// Ends all waits, as no pass will follow.
    pub(crate) fn close(&self) {
        lock(&self.state).closed = true;
        self.served.notify_all();
    }

    /// Waits until the ticket is served. Returns false if the deadline came first.
    pub(crate) fn wait(&self, ticket: u64, deadline: Instant) -> bool {
        self.wait_until(deadline, |state| state.served >= ticket || state.closed)
    }

    /// Waits until no pass will follow. Returns false if the deadline came first.
    pub(crate) fn wait_closed(&self, deadline: Instant) -> bool {
        self.wait_until(deadline, |state| state.closed)
    }

    fn wait_until(&self, deadline: Instant, reached: impl Fn(&State) -> bool) -> bool {
        wait_for(&self.served, lock(&self.state), deadline, reached).1
    }
}

#[cfg(all(test, loom))]
mod loom_models {
    use std::sync::Arc;
    use std::time::Duration;

    use loom::thread;

    use super::*;
    use crate::sync::AtomicU64;
    use crate::transport::buffer::PushResult;
    use crate::transport::late::Late;
    use crate::transport::memory::Memory;
    use std::sync::atomic::Ordering::Relaxed;

    struct Shared {
        tickets: Tickets,
        late: Late,
        memory: Memory,
        taken: AtomicU64,
    }

    impl Shared {
        fn push(&self) -> u64 {
            u64::from(!matches!(
                self.late.push(b"x", &self.memory),
                PushResult::Dropped(_)
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

        /// Runs passes until the last one or one that serves the ticket `enough`.
        fn dispatch(&self, enough: u64) {
            loop {
                let (ticket, last) = self.tickets.begin();
                if last.is_some() {
                    self.late.close();
                }
                let records = self.late.take();
                self.taken.fetch_add(records.len() as u64, Relaxed);
                self.memory.free(records);
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
                late: Late::new(),
                memory: Memory::new(1024 * 1024),
                taken: AtomicU64::new(0),
            }));
        });
    }

    #[test]
    fn flush_covers_all_earlier_records() {
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
    fn shutdown_takes_all_stored_records() {
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
    fn flush_during_shutdown_returns() {
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
