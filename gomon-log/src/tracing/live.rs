//! Layers that exist, in any subscriber.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{PoisonError, RwLock, TryLockError};

use crate::config::Setup;

static LAYERS: RwLock<Vec<(u64, Setup)>> = RwLock::new(Vec::new());
static COUNT: AtomicUsize = AtomicUsize::new(0);
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A layer that exists until this is dropped.
#[derive(Debug)]
pub(super) struct Live {
    id: u64,
}

impl Live {
    pub(super) fn new(setup: &Setup) -> Self {
        let id = NEXT.fetch_add(1, Relaxed);
        let mut layers = LAYERS.write().unwrap_or_else(PoisonError::into_inner);
        layers.push((id, setup.clone()));
        COUNT.store(layers.len(), Relaxed);
        Self { id }
    }

    /// Returns a number that no other layer has.
    pub(super) const fn id(&self) -> u64 {
        self.id
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let mut layers = LAYERS.write().unwrap_or_else(PoisonError::into_inner);
        layers.retain(|(id, _)| *id != self.id);
        COUNT.store(layers.len(), Relaxed);
    }
}

/// Returns whether `is_it` is true for a layer. It never waits: while a layer is being added or removed, it is true.
fn any(is_it: impl Fn(u64, &Setup) -> bool) -> bool {
    let layers = match LAYERS.try_read() {
        Ok(layers) => layers,
        Err(TryLockError::Poisoned(layers)) => layers.into_inner(),
        Err(TryLockError::WouldBlock) => return true,
    };
    layers.iter().any(|(id, setup)| is_it(*id, setup))
}

/// Returns whether there is only one layer.
#[inline]
pub(super) fn is_one() -> bool {
    COUNT.load(Relaxed) <= 1
}

/// Returns whether the layer with this number exists.
pub(super) fn exists(layer: u64) -> bool {
    any(|id, _| id == layer)
}

/// Returns whether a layer records what known libraries report now.
pub(super) fn is_any_reading_libraries() -> bool {
    any(|_, setup| {
        let monitor = setup.monitor_under(None);
        monitor.is_enabled() && setup.config(monitor).libraries()
    })
}
