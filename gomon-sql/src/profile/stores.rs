//! The stores of all monitors, and the one thread that tells of them.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

use gomon_core::Monitor;

use super::report::SqlProfile;
use super::store::Store;

/// How long the thread sleeps while no interval runs.
const LONGEST_SLEEP: Duration = Duration::from_secs(3600);
/// Monitors that have a profile; a process has one, its tests some more.
const MOST: usize = 256;

struct Stores {
    all: Vec<(Monitor, Arc<Store>)>,
    /// The thread, and the process that it is of: a fork does not inherit it.
    teller: Option<(u32, Thread)>,
}

static STORES: Mutex<Stores> = Mutex::new(Stores {
    all: Vec::new(),
    teller: None,
});

thread_local! {
    static LAST: RefCell<Option<(Monitor, Arc<Store>)>> = const { RefCell::new(None) };
}

/// Has `f` see the store of a monitor, which is made where there is none.
#[inline]
pub(super) fn with_store<R>(monitor: Monitor, f: impl FnOnce(&Store) -> R) -> Option<R> {
    LAST.try_with(|last| {
        let mut last = last.try_borrow_mut().ok()?;
        if !matches!(&*last, Some((of, _)) if *of == monitor) {
            *last = Some((monitor, store_of(monitor)?));
        }
        last.as_ref().map(|(_, store)| f(store))
    })
    .ok()?
}

fn store_of(monitor: Monitor) -> Option<Arc<Store>> {
    // Once a thread, and held for no longer than a look at the list; whoever did not wait would lose a run.
    let mut stores = lock();
    if let Some((_, store)) = stores.all.iter().find(|(of, _)| *of == monitor) {
        return Some(Arc::clone(store));
    }
    if stores.all.len() >= MOST {
        stores.all.remove(0);
    }
    let store = Arc::new(Store::new());
    stores.all.push((monitor, Arc::clone(&store)));
    Some(store)
}

/// Says that an interval was set.
#[cold]
pub(super) fn wake_teller() {
    let mut stores = lock();
    let process = std::process::id();
    match &stores.teller {
        Some((of, thread)) if *of == process => thread.unpark(),
        _ => {
            // Without it, the profile is told on demand only.
            let builder = std::thread::Builder::new().name("gomon-sql".to_owned());
            if let Ok(handle) = builder.spawn(tell) {
                stores.teller = Some((process, handle.thread().clone()));
            }
        }
    }
}

fn tell() {
    loop {
        let stores = lock().all.clone();
        let mut sleep = LONGEST_SLEEP;
        for (monitor, store) in stores {
            let Some(due) = store.due() else { continue };
            let now = Instant::now();
            let next = if due <= now {
                SqlProfile::of_period(store.end_interval()).record(monitor);
                store.due()
            } else {
                Some(due)
            };
            let left = next.map(|next| next.saturating_duration_since(Instant::now()));
            sleep = sleep.min(left.unwrap_or(LONGEST_SLEEP));
        }
        std::thread::park_timeout(sleep);
    }
}

fn lock() -> MutexGuard<'static, Stores> {
    STORES.lock().unwrap_or_else(PoisonError::into_inner)
}
