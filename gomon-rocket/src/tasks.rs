//! Which request the running task handles.
//!
//! Rocket's server handles each request in a task of its own, from its fairings to the last byte of its body, so the task
//! tells the request wherever nothing of ours is around the code that runs. A `LocalClient` has many in one task: then
//! nobody can tell, and none is told.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use gomon_core::{ContextSource, Tracker, TrackerContext, add_context_source};
use tokio::task::{self, Id};

use crate::exchange::Exchange;

/// Locks, of which a request takes one for a moment when it begins and when it ends.
const SHARDS: usize = 16;

type Shard = HashMap<Id, Handled, BuildHasherDefault<IdHasher>>;

static TASKS: [Mutex<Shard>; SHARDS] =
    [const { Mutex::new(HashMap::with_hasher(BuildHasherDefault::new())) }; SHARDS];

/// The requests of one task.
struct Handled {
    count: usize,
    /// None where there was more than one at a time.
    only: Option<Arc<Exchange>>,
}

/// The task handles this request from now on.
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

/// The task is done with one of its requests.
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
    // The last one to hold it ends the event, without the lock.
    drop(ended);
}

/// Has the core ask here, once in a process.
pub(crate) fn be_asked() {
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

    fn lend(&self, use_it: &mut dyn FnMut(&mut dyn Tracker)) -> bool {
        current().is_some_and(|exchange| exchange.lend(use_it))
    }
}

/// Spreads ids, which count up from one.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, id: u64) {
        // The golden ratio's share of 2^64, as Knuth's multiplicative hashing has it.
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
    async fn task_with_one_request_tells_it_and_with_two_none() {
        let running = Monitor::builder().build().unwrap();
        let (one, other) = (exchange(running.monitor()), exchange(running.monitor()));
        let id = |exchange: &Exchange| exchange.context().map(TrackerContext::id);
        let told = || Tasks.context().map(|context| context.id());
        let work = async move {
            let task = task::try_id().unwrap();
            assert_eq!(told(), None);
            enter(task, &one);
            assert_eq!(told(), id(&one));
            assert!(Tasks.lend(&mut |tracker| assert_eq!(Some(tracker.id()), id(&one))));
            enter(task, &other);
            assert_eq!(told(), None);
            leave(task);
            assert_eq!(told(), None);
            leave(task);
            assert!(!shard(task).contains_key(&task));
            enter(task, &other);
            assert_eq!(told(), id(&other));
            leave(task);
        };
        tokio::spawn(work).await.unwrap();
    }

    #[test]
    fn outside_of_a_task_there_is_nobody_to_tell() {
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
