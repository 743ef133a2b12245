//! Guard in the cache of a request.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use rocket::Request;

use crate::exchange::Exchange;

/// Keeps the exchange alive as long as its request and the clones of it. On Rocket's server that is until the response
/// is sent.
///
/// Only a `LocalClient` clones requests. Clones share their cache, so each dispatched clone replaces the exchange of
/// the previous one.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    watched: Mutex<Option<Arc<Exchange>>>,
}

impl Guard {
    /// Stores the exchange of `request` and registers it for the current task.
    pub(crate) fn watch(request: &Request<'_>, exchange: Arc<Exchange>) {
        let guard = request.local_cache(Self::default);
        // Remove the previous one first, so that the task has one request.
        guard.replace(None);
        exchange.enter_task();
        guard.replace(Some(exchange));
    }

    /// Returns the exchange of a recorded request.
    pub(crate) fn of(request: &Request<'_>) -> Option<Arc<Exchange>> {
        let guard = request.local_cache(Self::default);
        let watched = guard.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.clone()
    }

    fn replace(&self, watched: Option<Arc<Exchange>>) {
        let mut own = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let before = mem::replace(&mut *own, watched);
        // May end the event, so the lock is released first.
        drop(own);
        if let Some(before) = before {
            before.leave_task();
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.replace(None);
    }
}
