//! What a request keeps in its cache.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use rocket::Request;

use crate::exchange::Exchange;

/// Lives as long as its request and all clones of it, which on Rocket's server is as long as the response is sent.
///
/// Clones, which a `LocalClient` alone has, share their cache. So each that is dispatched takes the place of the one before.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    watched: Mutex<Option<Arc<Exchange>>>,
}

impl Guard {
    /// Watches `request`, and has the task that handles it find it.
    pub(crate) fn watch(request: &Request<'_>, exchange: Arc<Exchange>) {
        let guard = request.local_cache(Self::default);
        // The one before leaves first, so that the task has one request.
        guard.replace(None);
        exchange.enter_task();
        guard.replace(Some(exchange));
    }

    /// The exchange of a request that is watched.
    pub(crate) fn of(request: &Request<'_>) -> Option<Arc<Exchange>> {
        let guard = request.local_cache(Self::default);
        let watched = guard.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.clone()
    }

    fn replace(&self, watched: Option<Arc<Exchange>>) {
        let mut own = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let before = mem::replace(&mut *own, watched);
        // Its event may end here, without the lock.
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
