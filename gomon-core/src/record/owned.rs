//! An event that outlives its listener's turn.

use std::sync::Arc;

use serde::ser::{Serialize, Serializer};

use crate::record::event::Event;

/// An event that owns its record.
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
    /// The view, with all that can be asked of an event.
    #[must_use]
    pub fn as_event(&self) -> Event<'_> {
        // The record was read before it was copied; an empty view stands for the impossible.
        Event::from_bytes(&self.record, &self.app_id).unwrap_or_else(|| Event::empty(&self.app_id))
    }

    /// The JSON form, on one line.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::{Monitor, Recorder};
    /// # let recorder = Recorder::new();
    /// # let running = Monitor::builder().listener(recorder.listener()).build()?;
    /// running.monitor().root("job");
    /// assert!(recorder.wait_for(1)[0].to_json().contains(r#""gomon:fp":"job""#));
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
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
