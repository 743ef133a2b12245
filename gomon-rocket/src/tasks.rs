//! Lookup of the request that the current task handles.
//!
//! Rocket's server handles each request in its own task, from the fairings to the last byte of the body. So the task
//! identifies the request, even where no code of this crate is on the stack. A `LocalClient` handles many requests in
//! one task. If a task has more than one request, none is returned.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use gomon_core::adapter::{ContextSource, add_context_source};
use gomon_core::{Tracker, TrackerContext};
use tokio::task::{self, Id};

use crate::exchange::Exchange;

/// Number of locks. A request takes one briefly when it begins and when it ends.
const SHARDS: usize = 16;

type Shard = HashMap<Id, Handled, BuildHasherDefault<IdHasher>>;

static TASKS: [Mutex<Shard>; SHARDS] =
    [const { Mutex::new(HashMap::with_hasher(BuildHasherDefault::new())) }; SHARDS];

/// The requests of one task.
struct Handled {
    count: usize,
    /// `None` if there was more than one at a time.
    only: Option<Arc<Exchange>>,
}

/// Registers a request for a task.
pub(crate) fn enter(task: Id, exchange: &Arc<Exchange>) {
    match shard(task).entry(task) {
        Entry::Vacant(vacant) => {
            vacant.insert(Handled {
                count: 1,
                only: Some(Arc::clone(exchange)),
            });
        }
        Entry::Occupied(mut occupied) => {
            let handled = occupied.get_mut();
            handled.count = handled.count.saturating_add(1);
            handled.only = None;
        }
    }
}

/// Removes one request of a task.
pub(crate) fn leave(task: Id) {
    let mut shard = shard(task);
    let Entry::Occupied(mut occupied) = shard.entry(task) else {
        return;
    };
    let handled = occupied.get_mut();
    handled.count = handled.count.saturating_sub(1);
    let ended = if handled.count == 0 {
        occupied.remove().only
    } else {
        handled.only.take()
    };
    drop(shard);
    // May end the event, so the lock is released first.
    drop(ended);
}

/// Registers the lookup with the core, once in a process.
pub(crate) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        add_context_source(&Tasks);
    });
}

fn current() -> Option<Arc<Exchange>> {
    let task = task::try_id()?;
    shard(task).get(&task)?.only.clone()
}

fn shard(task: Id) -> MutexGuard<'static, Shard> {
    let mut hasher = IdHasher::default();
    task.hash(&mut hasher);
    let at = (hasher.finish() >> 32) as usize % SHARDS;
    let [first, ..] = &TASKS;
    let shard = TASKS.get(at).unwrap_or(first);
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Tasks;

impl ContextSource for Tasks {
    fn context(&self) -> Option<TrackerContext> {
        current()?.context().cloned()
    }

    fn lend(&self, f: &mut dyn FnMut(&mut dyn Tracker)) -> bool {
        current().is_some_and(|exchange| exchange.lend(f))
    }
}

/// Hashes sequential ids.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, id: u64) {
        // 2^64 divided by the golden ratio, as in Knuth's multiplicative hashing.
        self.0 = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use gomon_core::Monitor;
    use gomon_http::server::{RequestFacts, RequestWatch, Setup};
    use rocket::http::HeaderMap;

    use super::*;
    use crate::headers::RocketHeaders;

    fn exchange(monitor: Monitor) -> Arc<Exchange> {
        let facts = RequestFacts::new("GET", "HTTP/1.1", "/");
        let headers = HeaderMap::new();
        let headers = RocketHeaders(&headers);
        let watch = RequestWatch::begin(&Setup::new(), monitor, "rocket-handle", &facts, &headers);
        Exchange::new(watch)
    }

    #[tokio::test]
    async fn task_with_one_request_finds_it_and_with_two_none() {
        let running = Monitor::builder().build().unwrap();
        let (one, other) = (exchange(running.monitor()), exchange(running.monitor()));
        let id = |exchange: &Exchange| exchange.context().map(TrackerContext::id);
        let found = || Tasks.context().map(|context| context.id());
        let work = async move {
            let task = task::try_id().unwrap();
            assert_eq!(found(), None);
            enter(task, &one);
            assert_eq!(found(), id(&one));
            assert!(Tasks.lend(&mut |tracker| assert_eq!(Some(tracker.id()), id(&one))));
            enter(task, &other);
            assert_eq!(found(), None);
            leave(task);
            assert_eq!(found(), None);
            leave(task);
            assert!(!shard(task).contains_key(&task));
            enter(task, &other);
            assert_eq!(found(), id(&other));
            leave(task);
        };
        tokio::spawn(work).await.unwrap();
    }

    #[test]
    fn no_request_is_found_outside_a_task() {
        assert!(Tasks.context().is_none());
        assert!(!Tasks.lend(&mut |_| ()));
    }

    #[test]
    fn ids_that_count_up_are_spread() {
        let shard_of = |id: u64| {
            let mut hasher = IdHasher::default();
            hasher.write_u64(id);
            (hasher.finish() >> 32) as usize % SHARDS
        };
        let mut counts = [0; SHARDS];
        for id in 1..=1_600 {
            counts[shard_of(id)] += 1;
        }
        assert!(
            counts.iter().all(|count| (80..120).contains(count)),
            "{counts:?}"
        );
    }
}
