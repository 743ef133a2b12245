//! [`Tracker`] for [`EventTracker`].

use std::error::Error as StdError;
use std::panic::Location;
use std::time::Duration;

use crate::context::tracker_context::TrackerContext;
use crate::id::Id;
use crate::id::trace::TraceId;
use crate::record::event_value::EventValue;
use crate::record::key::Key;
use crate::record::value::Value;
use crate::tracker::EventTracker;
use crate::tracker::r#trait::Tracker;
use crate::tracker::r#trait::sealed::Sealed;
use crate::tracker::user_text::{bounded_display, chain};

impl Tracker for EventTracker {
    fn id(&self) -> Id {
        self.id()
    }

    fn parent(&self) -> Option<Id> {
        self.parent()
    }

    fn trace(&self) -> TraceId {
        self.trace()
    }

    fn fingerprint(&self) -> &'static str {
        self.fingerprint()
    }

    fn elapsed(&self) -> Duration {
        self.elapsed()
    }

    fn is_recording(&self) -> bool {
        self.is_recording()
    }

    fn get(&self, name: &str) -> Option<EventValue<'_>> {
        self.get(name)
    }

    fn child(&self, fingerprint: &'static str) -> EventTracker {
        self.child(fingerprint)
    }

    fn attach(&mut self, child: EventTracker) {
        self.attach(child);
    }

    fn context(&self) -> Option<TrackerContext> {
        self.context()
    }

    fn as_dyn(&mut self) -> &mut dyn Tracker {
        self
    }
}

impl Sealed for EventTracker {
    fn set_value(&mut self, key: Key<'_>, value: Value<'_>) {
        self.set(key, value);
    }

    #[track_caller]
    fn add_error_value(&mut self, error: &(dyn StdError + 'static), kind: Option<&'static str>) {
        let location = Location::caller();
        if self.is_recording() {
            let message = bounded_display(error);
            self.record_error(&message, kind, Some(location), &chain(error));
        }
    }
}
