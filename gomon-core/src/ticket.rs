//! Flush requests to the dispatcher.
//!
//! A ticket is drawn before the dispatcher begins a pass over all buffers and is served when that pass is over, so
//! that whatever was in a buffer when the ticket was drawn has been handed to the queues by then.

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
    closed: bool,
}

impl Tickets {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::new(State::default()), served: Condvar::new() }
    }

    /// A new ticket. The dispatcher must be woken after this.
    pub(crate) fn draw(&self) -> u64 {
        let mut state = lock(&self.state);
        state.drawn += 1;
        state.drawn
    }

    /// The last ticket that a pass which begins now will serve.
    pub(crate) fn drawn(&self) -> u64 {
        lock(&self.state).drawn
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
        let mut state = lock(&self.state);
        while state.served < ticket && !state.closed {
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
