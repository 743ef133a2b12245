//! What this crate keeps for each monitor.
//!
//! The cache of statements is not part of it: a text means the same to every monitor, and a statement that lives as long
//! as the process is found without counting references.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gomon_core::Monitor;

use crate::names::Names;
use crate::profile::Store;
use crate::repeats::Repeats;

/// The state of one monitor.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) profile: Store,
    pub(crate) names: Names,
    pub(crate) repeats: Repeats,
}

thread_local! {
    static LAST: RefCell<Option<(Monitor, Arc<State>)>> = const { RefCell::new(None) };
}

/// Calls `f` with the state of a monitor; `None` once the monitor has ended.
///
/// A thread remembers the state that it used last, so that the fast path takes no lock.
#[inline]
pub(crate) fn with_state<R>(monitor: Monitor, f: impl FnOnce(&Arc<State>) -> R) -> Option<R> {
    LAST.try_with(|last| {
        if let Ok(last) = last.try_borrow()
            && let Some((of, state)) = &*last
            && *of == monitor
        {
            return Some(f(state));
        }
        let state = remember(monitor, last)?;
        Some(f(&state))
    })
    .ok()?
}

#[cold]
fn remember(monitor: Monitor, last: &RefCell<Option<(Monitor, Arc<State>)>>) -> Option<Arc<State>> {
    let state = monitor.extension::<State>()?;
    let before = last
        .try_borrow_mut()
        .ok()
        .and_then(|mut last| last.replace((monitor, Arc::clone(&state))));
    // Dropped once nothing is borrowed, since it may be the last reference.
    drop(before);
    Some(state)
}

/// Locks a mutex whether it is poisoned or not.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
