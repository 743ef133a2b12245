//! What a request keeps in its cache.

use std::sync::Arc;

use rocket::Request;
use tokio::task::{self, Id};

use crate::exchange::Exchange;
use crate::tasks;

/// Lives as long as its request, which on Rocket's server is as long as the response is sent.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    watched: Option<Watched>,
}

#[derive(Debug)]
struct Watched {
    exchange: Arc<Exchange>,
    task: Option<Id>,
}

impl Guard {
    /// Watches `request`, and has the task that handles it find it.
    pub(crate) fn watch(request: &Request<'_>, exchange: Arc<Exchange>) {
        request.local_cache(|| {
            let task = task::try_id();
            if let Some(task) = task {
                tasks::enter(task, &exchange);
            }
            Self {
                watched: Some(Watched { exchange, task }),
            }
        });
    }

    /// The exchange of a request that is watched.
    pub(crate) fn of<'r>(request: &'r Request<'_>) -> Option<&'r Arc<Exchange>> {
        let guard = request.local_cache(Self::default);
        guard.watched.as_ref().map(|watched| &watched.exchange)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(task) = self.watched.as_ref().and_then(|watched| watched.task) {
            tasks::leave(task);
        }
    }
}
