//! A listener for tests.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::listeners::Listener;
use crate::record::event::Event;
use crate::record::owned::OwnedEvent;
use crate::sync::lock_std;

/// How long `wait_for` waits before it gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Keeps all events, for tests of instrumentation. It grows without bound: not for production.
///
/// # Examples
///
/// ```
/// use gomon_core::{Monitor, Recorder};
///
/// let recorder = Recorder::new();
/// let running = Monitor::builder().listener(recorder.listener()).build()?;
/// running.root("job").finish();
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
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The listener that fills it.
    #[must_use]
    pub fn listener(&self) -> impl Listener + use<> {
        Recording {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Waits until there are `count` events, the application and health events aside, and returns them in order.
    ///
    /// # Panics
    ///
    /// When they have not come after thirty seconds; the message shows what has.
    #[must_use]
    pub fn wait_for(&self, count: usize) -> Vec<OwnedEvent> {
        self.wait_until(|events| events.len() >= count)
    }

    /// Waits until `enough` of the events, the application and health events aside, and returns them in order.
    ///
    /// # Panics
    ///
    /// When it is not so after thirty seconds; the message shows what there is.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Monitor, Recorder};
    ///
    /// let recorder = Recorder::new();
    /// let running = Monitor::builder().listener(recorder.listener()).build()?;
    /// running.root("job").finish();
    /// recorder.wait_until(|events| events.iter().any(|event| event.as_event().fingerprint() == "job"));
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn wait_until(&self, enough: impl Fn(&[OwnedEvent]) -> bool) -> Vec<OwnedEvent> {
        let deadline = Instant::now() + PATIENCE;
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
                "waited {PATIENCE:?} in vain; there are {seen:#?}"
            );
            events = self
                .shared
                .arrived
                .wait_timeout(events, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// All events so far, the application event first.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_core::Recorder::new().events().is_empty());
    /// ```
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
