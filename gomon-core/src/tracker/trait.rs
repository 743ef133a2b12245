//! The [`Tracker`] trait.

use std::error::Error as StdError;
use std::time::Duration;

use crate::context::tracker_context::TrackerContext;
use crate::id::Id;
use crate::id::trace::TraceId;
use crate::record::event_value::EventValue;
use crate::record::key::Key;
use crate::record::value::Value;
use crate::tracker::EventTracker;
use crate::tracker::r#trait::sealed::Internal;

/// A borrowed open event: it can be changed and have children, but cannot be ended.
///
/// The trait is sealed; [`EventTracker`] implements it.
///
/// # Examples
///
/// ```
/// use gomon_core::{Key, Monitor, Recorder, Tracker};
///
/// const USER: Key<'static> = Key::new("user");
///
/// fn annotate(tracker: &mut impl Tracker) {
///     tracker.as_dyn().set(USER, 7);
/// }
///
/// fn annotate_dyn(tracker: &mut dyn Tracker) {
///     tracker.set(USER, 8);
/// }
///
/// let running = Monitor::builder().listener(Recorder::new().listener()).build()?;
/// let mut job = running.monitor().root("job");
/// annotate(&mut job);
/// annotate_dyn(&mut job);
/// assert_eq!(job.get("user"), Some(gomon_core::EventValue::I64(8)));
/// # Ok::<(), gomon_core::Error>(())
/// ```
pub trait Tracker: sealed::Sealed {
    /// Returns the id of the event; nil for an empty tracker.
    fn id(&self) -> Id {
        self.event(Internal).id()
    }

    /// Returns the id of the parent event.
    fn parent(&self) -> Option<Id> {
        self.event(Internal).parent()
    }

    /// Returns the W3C trace id.
    fn trace(&self) -> TraceId {
        self.event(Internal).trace()
    }

    /// Returns the fingerprint: the name of the code path that opened the tracker.
    fn fingerprint(&self) -> &'static str {
        self.event(Internal).fingerprint()
    }

    /// Returns the time since the start.
    fn elapsed(&self) -> Duration {
        self.event(Internal).elapsed()
    }

    /// Returns whether fields are recorded.
    fn is_recording(&self) -> bool {
        self.event(Internal).is_recording()
    }

    /// Returns the value of a field.
    fn get(&self, name: &str) -> Option<EventValue<'_>> {
        self.event(Internal).get(name)
    }

    /// Opens a child.
    fn child(&self, fingerprint: &'static str) -> EventTracker {
        self.event(Internal).child(fingerprint)
    }

    /// Ends `child` and delivers it inside this event; see [`EventTracker::attach`].
    fn attach(&mut self, child: EventTracker) {
        self.event_mut(Internal).attach(child);
    }

    /// Returns the ids, for work that continues elsewhere.
    fn context(&self) -> Option<TrackerContext> {
        self.event(Internal).context()
    }

    /// Returns the tracker as a trait object, which has `set` and `add_error`.
    ///
    /// A trait cannot offer generic methods to both `&mut impl Tracker` and `&mut dyn Tracker`.
    fn as_dyn(&mut self) -> &mut dyn Tracker {
        self.event_mut(Internal)
    }
}

impl Tracker for EventTracker {}

impl dyn Tracker + '_ {
    /// Sets a field, or replaces its value.
    pub fn set<'v>(&mut self, key: Key<'_>, value: impl Into<Value<'v>>) {
        self.event_mut(Internal).set(key, value);
    }

    /// Records an error with its type, its causes and the location of this call; the outcome becomes `error`.
    #[track_caller]
    pub fn add_error<E: StdError + 'static>(&mut self, error: &E) {
        self.event_mut(Internal).add_error(error);
    }
}

mod sealed {
    use crate::tracker::EventTracker;

    /// Argument that only this crate can pass, as methods of a supertrait can be called by everyone.
    #[derive(Clone, Copy, Debug)]
    pub struct Internal;

    /// Access to the only implementation.
    pub trait Sealed {
        fn event(&self, _: Internal) -> &EventTracker;
        fn event_mut(&mut self, _: Internal) -> &mut EventTracker;
    }

    impl Sealed for EventTracker {
        fn event(&self, _: Internal) -> &EventTracker {
            self
        }

        fn event_mut(&mut self, _: Internal) -> &mut EventTracker {
            self
        }
    }
}
