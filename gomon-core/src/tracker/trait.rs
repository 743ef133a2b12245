//! What can be done with a tracker by whoever borrows it.

use std::error::Error as StdError;
use std::time::Duration;

use crate::context::tracker_context::TrackerContext;
use crate::id::Id;
use crate::id::trace::TraceId;
use crate::record::event_value::EventValue;
use crate::record::key::Key;
use crate::record::value::Value;
use crate::tracker::EventTracker;

/// An open event that is lent: fields can be set and children opened, but it cannot be ended.
///
/// # Examples
///
/// ```
/// use gomon_core::{Key, Monitor, Tracker};
///
/// fn annotate(tracker: &mut dyn Tracker) {
///     tracker.set(Key::new("user"), 7);
/// }
///
/// annotate(&mut Monitor::noop().root("job"));
/// ```
pub trait Tracker {
    /// Its id; nil for an empty one.
    fn id(&self) -> Id;

    /// The event that caused it.
    fn parent(&self) -> Option<Id>;

    /// The W3C trace id that it belongs to.
    fn trace(&self) -> TraceId;

    /// Which code path made it.
    fn fingerprint(&self) -> &'static str;

    /// How long it has been open.
    fn lapsed(&self) -> Duration;

    /// Whether fields are kept.
    fn is_recording(&self) -> bool;

    /// Sets a field; `set` is the convenient form.
    fn set_value(&mut self, key: Key<'_>, value: Value<'_>);

    /// A field that was set.
    fn get(&self, name: &str) -> Option<EventValue<'_>>;

    /// Records an error, with the name of its type where that is known; the outcome becomes `error`. `add_error` is the
    /// convenient form.
    #[track_caller]
    fn add_error_value(&mut self, error: &(dyn StdError + 'static), kind: Option<&'static str>);

    /// A child, with this tracker as its parent.
    fn child(&self, fingerprint: &'static str) -> EventTracker;

    /// Ends `child` and delivers it inside this event, or on its own; see [`EventTracker::attach`].
    fn attach(&mut self, child: EventTracker);

    /// Its ids, for work that goes on elsewhere.
    fn context(&self) -> Option<TrackerContext>;
}

impl dyn Tracker + '_ {
    /// Sets a field; a second set of a key replaces the value at its place.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_core::current(|tracker| tracker.set(gomon_core::Key::new("user"), 7));
    /// ```
    pub fn set<'v>(&mut self, key: Key<'_>, value: impl Into<Value<'v>>) {
        self.set_value(key, value.into());
    }

    /// Records an error with its type, its chain of causes and the place of this call; the outcome becomes `error`.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = std::io::Error::other("no space");
    /// gomon_core::current(|tracker| tracker.add_error(&error));
    /// ```
    #[track_caller]
    pub fn add_error<E: StdError + 'static>(&mut self, error: &E) {
        self.add_error_value(error, Some(std::any::type_name::<E>()));
    }
}
