//! Event that owns its record.

use std::sync::Arc;

use serde::ser::{Serialize, Serializer};

use crate::record::event::Event;

/// Event that owns its record, so that a listener can keep it.
///
/// # Examples
///
/// ```
/// # use gomon_core::{Monitor, Recorder};
/// let recorder = Recorder::new();
/// let running = Monitor::builder().app_id("shop").listener(recorder.listener()).build()?;
/// running.monitor().root("job");
/// let events = recorder.wait_for(1);
/// assert_eq!(events[0].as_event().app_id(), "shop");
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone)]
pub struct OwnedEvent {
    pub(crate) record: Box<[u8]>,
    pub(crate) app_id: Arc<str>,
}

impl OwnedEvent {
    /// Returns a view of the event.
    #[must_use]
    pub fn as_event(&self) -> Event<'_> {
        // The record was decoded before it was copied, so the empty view is never used.
        Event::from_bytes(&self.record, &self.app_id).unwrap_or_else(|| Event::empty(&self.app_id))
    }

    /// Returns the JSON form on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.as_event()).unwrap_or_default()
    }
}

impl std::fmt::Debug for OwnedEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl Serialize for OwnedEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_event().serialize(serializer)
    }
}
