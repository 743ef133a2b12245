//! State of integration crates: one value of each type per monitor.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

type Slot = (TypeId, Arc<dyn Any + Send + Sync>);

/// The extensions of a monitor. Reading takes no lock.
#[derive(Default)]
pub(crate) struct Extensions {
    slots: ArcSwap<Vec<Slot>>,
}

impl Extensions {
    /// Returns the extension of type `T`; the first call creates it.
    pub(crate) fn get<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        find(&self.slots.load()).unwrap_or_else(|| self.insert())
    }

    #[cold]
    fn insert<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        // Created outside the update, which may run more than once.
        let new: Arc<T> = Arc::default();
        self.slots.rcu(|slots| {
            let mut slots = Vec::clone(slots);
            if find::<T>(&slots).is_none() {
                slots.push((TypeId::of::<T>(), new.clone()));
            }
            slots
        });
        find(&self.slots.load()).unwrap_or(new)
    }

    /// Drops all extensions when the monitor has ended.
    pub(crate) fn clear(&self) {
        self.slots.store(Arc::default());
    }
}

fn find<T: Send + Sync + 'static>(slots: &[Slot]) -> Option<Arc<T>> {
    let (_, slot) = slots.iter().find(|(of, _)| *of == TypeId::of::<T>())?;
    Arc::clone(slot).downcast().ok()
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extensions")
            .field("count", &self.slots.load().len())
            .finish()
    }
}
