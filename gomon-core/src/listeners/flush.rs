//! Reason of a flush, and what the listener reports in return.

use std::time::Duration;

/// Reason of a call of [`Listener::flush`](crate::Listener::flush).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlushReason {
    /// The queue of the listener became empty. Under load this happens 10 to 60 times a second.
    Idle,
    /// The delay of [`Flush::call_again_after`] has passed.
    Timer,
    /// A caller of [`Monitor::flush`](crate::Monitor::flush) waits for it.
    Requested,
    /// The monitor shuts down. No event and no flush follows.
    Last,
}

/// Argument of [`Listener::flush`](crate::Listener::flush): the reason of the call, and the answers
/// of the listener.
///
/// # Examples
///
/// A listener that sends batches, at least once a second:
///
/// ```
/// use std::time::Duration;
///
/// use gomon_core::{Error, Event, Flush, FlushReason, Listener};
///
/// #[derive(Default)]
/// struct Batches {
///     events: Vec<String>,
/// }
///
/// impl Listener for Batches {
///     fn name(&self) -> &str {
///         "batches"
///     }
///
///     fn feed(&mut self, event: &Event<'_>) -> Result<(), Error> {
///         self.events.push(event.to_owned().to_json());
///         Ok(())
///     }
///
///     fn flush(&mut self, flush: &mut Flush) -> Result<(), Error> {
///         if flush.reason() == FlushReason::Idle && self.events.len() < 1_000 {
///             flush.call_again_after(Duration::from_secs(1));
///             return Ok(());
///         }
///         let batch = std::mem::take(&mut self.events);
///         if !is_sent(&batch) {
///             flush.report_lost("unreachable", batch.len() as u64);
///         }
///         Ok(())
///     }
/// }
/// # fn is_sent(_batch: &[String]) -> bool { false }
/// # let mut flush = Flush::new(FlushReason::Last);
/// # let mut batches = Batches { events: vec![String::new()] };
/// # batches.flush(&mut flush)?;
/// # assert!(batches.events.is_empty());
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Flush {
    reason: FlushReason,
    again: Option<Duration>,
    lost: Vec<(&'static str, u64)>,
}

impl Flush {
    /// Creates a call, for a listener that feeds others and for tests of listeners.
    #[must_use]
    pub const fn new(reason: FlushReason) -> Self {
        Self {
            reason,
            again: None,
            lost: Vec::new(),
        }
    }

    /// Returns the reason of the flush.
    #[must_use]
    pub const fn reason(&self) -> FlushReason {
        self.reason
    }

    /// Requests another flush after `delay`, unless one comes earlier. The shortest requested delay
    /// is used.
    pub fn call_again_after(&mut self, delay: Duration) {
        self.again = Some(self.again.map_or(delay, |again| again.min(delay)));
    }

    /// Reports events that the listener accepted and lost later.
    ///
    /// [`Health`](crate::Health) lists them by cause and no longer as delivered. A monitor keeps
    /// eight causes per listener. Further ones count as `other`.
    pub fn report_lost(&mut self, cause: &'static str, events: u64) {
        self.lost.push((cause, events));
    }

    /// Adds the answers of a listener that this one feeds.
    pub fn add(&mut self, inner: Self) {
        if let Some(delay) = inner.again {
            self.call_again_after(delay);
        }
        self.lost.extend(inner.lost);
    }

    pub(crate) fn into_answers(self) -> (Option<Duration>, Vec<(&'static str, u64)>) {
        (self.again, self.lost)
    }
}
