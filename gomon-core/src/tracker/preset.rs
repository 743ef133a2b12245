//! Fields that are the same in all events of one place in the code.

use std::fmt;

use crate::id::Id;
use crate::id::ids::{Ids, flag};
use crate::state::core::Core;
use crate::tracker::EventTracker;
use crate::tracker::body::Body;

/// Fields that are the same in all events of one place in the code, encoded once for a monitor.
///
/// # Examples
///
/// ```
/// use gomon_core::adapter::{Preset, TrackerExt};
/// use gomon_core::{EventValue, Key, Monitor};
///
/// let running = Monitor::builder().build()?;
/// let preset = Preset::new(&running.monitor().root("job"), |tracker| tracker.set(Key::new("shop"), "north"));
/// let mut tracker = running.monitor().root("job");
/// assert!(tracker.set_preset(&preset));
/// assert_eq!(tracker.get("shop"), Some(EventValue::Str("north")));
/// # Ok::<(), gomon_core::Error>(())
/// ```
pub struct Preset {
    core: Option<&'static Core>,
    bytes: Box<[u8]>,
    fields: u16,
    seen: u64,
}

impl Preset {
    /// Encodes the fields that `describe` sets, for trackers with the monitor of `tracker`.
    #[must_use]
    pub fn new(tracker: &EventTracker, describe: impl FnOnce(&mut EventTracker)) -> Self {
        let encoded = tracker.core().and_then(|core| encode(core, describe));
        let encoded = encoded.as_ref();
        Self {
            core: encoded.map(|body| body.core),
            bytes: encoded.map_or_else(Box::default, |body| body.encoded_fields().into()),
            fields: encoded.map_or(0, |body| body.fields),
            seen: encoded.map_or(0, |body| body.seen),
        }
    }

    /// Returns whether it is for the monitor of this tracker.
    #[must_use]
    #[inline]
    pub fn is_for(&self, tracker: &EventTracker) -> bool {
        self.core == tracker.core()
    }
}

/// Returns a body with the fields; `None` if one was cut, as each event must say so.
fn encode(core: &'static Core, describe: impl FnOnce(&mut EventTracker)) -> Option<Box<Body>> {
    let ids = Ids {
        id: Id::NIL,
        other_half: 0,
        flags: flag::SAMPLED,
    };
    let mut body = Body::fresh(core);
    body.begin(core, "", ids, Id::NIL, 0);
    let mut tracker = EventTracker::open(body);
    describe(&mut tracker);
    // It is taken, as it is not an event that ends.
    tracker.body.take().filter(|body| body.cold.is_none())
}

impl Body {
    /// Sets the fields, if it has none and there is room.
    #[inline]
    pub(super) fn set_preset(&mut self, preset: &Preset) -> bool {
        if self.fields > 0 || preset.core != Some(self.core) {
            return false;
        }
        let Some(room) = self.record.append(preset.bytes.len()) else {
            return false;
        };
        room.copy_from_slice(&preset.bytes);
        self.fields = preset.fields;
        self.seen = preset.seen;
        true
    }
}

impl fmt::Debug for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preset")
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}
