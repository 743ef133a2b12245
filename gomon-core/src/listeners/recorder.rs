//! Listener for tests that keeps all events.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::listeners::Listener;
use crate::record::event::Event;
use crate::record::owned::OwnedEvent;
use crate::sync::lock_std;

/// Maximum wait for events.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Keeps all events, for tests of instrumentation. It grows without bound, so it is not for
/// production.
///
/// # Examples
///
/// ```
/// use gomon_core::{Monitor, Recorder};
///
/// let recorder = Recorder::new();
/// let running = Monitor::builder().listener(recorder.listener()).build()?;
/// running.monitor().root("job").finish();
/// let events = recorder.wait_for(1);
/// assert_eq!(events[0].as_event().fingerprint(), "job");
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    events: Mutex<Vec<OwnedEvent>>,
    arrived: Condvar,
}

impl Recorder {
    /// Creates an empty recorder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the listener that fills the recorder.
    #[must_use]
    pub fn listener(&self) -> impl Listener + use<> {
        Recording {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Waits until there are `count` events and returns them in order. Application and health
    /// events are excluded.
    ///
    /// # Panics
    ///
    /// Panics after thirty seconds. The message contains the events so far.
    #[must_use]
    pub fn wait_for(&self, count: usize) -> Vec<OwnedEvent> {
        self.wait_until(|events| events.len() >= count)
    }

    /// Waits until `enough` returns true for the events and returns them in order. Application and
    /// health events are excluded.
    ///
    /// # Panics
    ///
    /// Panics after thirty seconds without success. The message contains the events so far.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Monitor, Recorder};
    ///
    /// let recorder = Recorder::new();
    /// let running = Monitor::builder().listener(recorder.listener()).build()?;
    /// running.monitor().root("job").finish();
    /// recorder.wait_until(|events| events.iter().any(|event| event.as_event().fingerprint() == "job"));
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn wait_until(&self, enough: impl Fn(&[OwnedEvent]) -> bool) -> Vec<OwnedEvent> {
        let deadline = Instant::now() + MAX_WAIT;
        let mut events = lock_std(&self.shared.events);
        loop {
            let own = |event: &&OwnedEvent| {
                !matches!(
                    event.as_event().fingerprint(),
                    "application" | "gomon-health"
                )
            };
            let seen: Vec<_> = events.iter().filter(own).cloned().collect();
            if enough(&seen) {
                return seen;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "no success after {MAX_WAIT:?}; events: {seen:#?}"
            );
            events = self
                .shared
                .arrived
                .wait_timeout(events, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Returns all events so far, with the application event first.
    #[must_use]
    pub fn events(&self) -> Vec<OwnedEvent> {
        lock_std(&self.shared.events).clone()
    }
}

struct Recording {
    shared: Arc<Shared>,
}

impl Listener for Recording {
    fn name(&self) -> &str {
        "recorder"
    }

    fn feed(&mut self, event: &Event<'_>) -> Result<(), Error> {
        lock_std(&self.shared.events).push(event.to_owned());
        self.shared.arrived.notify_all();
        Ok(())
    }
}
