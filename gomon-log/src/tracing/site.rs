//! What is the same in all spans and events of a callsite, computed once for each thread.

use std::cell::RefCell;
use std::ptr;
use std::rc::Rc;

use gomon_core::adapter::{Preset, TrackerExt, keys};
use gomon_core::{EventTracker, Key};
use tracing_core::Metadata;

use super::visit::origin;

/// Number of callsites that a thread keeps, of about 400 bytes. Two callsites may replace each other.
const KEPT: usize = 128;

thread_local! {
    static SITES: RefCell<Vec<Option<Rc<Site>>>> = const { RefCell::new(Vec::new()) };
}

/// The keys of the fields of a callsite, and its origin.
#[derive(Debug)]
pub(super) struct Site {
    metadata: &'static Metadata<'static>,
    keys: Box<[Key<'static>]>,
    preset: Preset,
}

impl Site {
    /// Returns the site of a span or an event with this tracker.
    pub(super) fn of(metadata: &'static Metadata<'static>, tracker: &EventTracker) -> Rc<Self> {
        let found = SITES.try_with(|sites| {
            let sites = sites.try_borrow().ok()?;
            let site = sites.get(slot(metadata))?.as_ref()?;
            let is_it = ptr::eq(site.metadata, metadata) && site.preset.is_for(tracker);
            is_it.then(|| Rc::clone(site))
        });
        found
            .ok()
            .flatten()
            .unwrap_or_else(|| Self::new(metadata, tracker))
    }

    #[cold]
    fn new(metadata: &'static Metadata<'static>, tracker: &EventTracker) -> Rc<Self> {
        let fields = metadata.fields().iter();
        let site = Rc::new(Self {
            metadata,
            keys: fields.map(|field| Key::new(field.name())).collect(),
            preset: Preset::new(tracker, |tracker| describe(metadata, tracker)),
        });
        let old = SITES.try_with(|sites| {
            let mut sites = sites.try_borrow_mut().ok()?;
            if sites.is_empty() {
                sites.resize(KEPT, None);
            }
            sites.get_mut(slot(metadata))?.replace(Rc::clone(&site))
        });
        drop(old);
        site
    }

    /// Returns the keys, in the order of the fields.
    pub(super) fn keys(&self) -> &[Key<'static>] {
        &self.keys
    }

    /// Sets the origin, and the name of a span as its message.
    #[inline]
    pub(super) fn describe(&self, tracker: &mut EventTracker) {
        if !tracker.set_preset(&self.preset) {
            describe(self.metadata, tracker);
        }
    }
}

fn describe(metadata: &Metadata<'_>, tracker: &mut EventTracker) {
    origin(metadata).describe(tracker);
    if metadata.is_span() {
        tracker.set(keys::MESSAGE, metadata.name());
    }
}

/// Returns a slot by the address of the metadata.
#[inline]
fn slot(metadata: &'static Metadata<'static>) -> usize {
    // Fibonacci hashing: the golden ratio of 2^64.
    let hash = (ptr::from_ref(metadata) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash >> (u64::BITS - KEPT.ilog2())) as usize
}
