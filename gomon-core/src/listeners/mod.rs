//! Listeners, which receive events, and a listener from a closure.

pub(crate) mod condition;
pub(crate) mod factory;
pub(crate) mod filter;
pub(crate) mod flush;
pub(crate) mod log;
#[cfg(any(test, feature = "test-util"))]
pub(crate) mod recorder;
pub(crate) mod retransmitter;

use crate::error::Error;
use crate::listeners::flush::Flush;
use crate::record::event::Event;

/// Receives every event of a monitor on its own thread.
///
/// A listener may be slow: events that do not fit its queue are dropped and counted, and nothing
/// else is affected. A panic is caught and counted. After ten panics in a row, the listener is
/// quarantined for a second, then for two, and so on up to a minute. Its own calls are not tracked.
///
/// The thread blocks all signals of the process, as the host may wait for them elsewhere. Threads that the listener
/// starts inherit this mask; commands run by `std::process` do not.
///
/// # Examples
///
/// ```
/// use gomon_core::{Error, Event, Listener};
///
/// struct Counter(u64);
///
/// impl Listener for Counter {
///     fn name(&self) -> &str {
///         "counter"
///     }
///
///     fn feed(&mut self, _event: &Event<'_>) -> Result<(), Error> {
///         self.0 += 1;
///         Ok(())
///     }
/// }
/// ```
pub trait Listener: Send + 'static {
    /// Returns the name of the listener in [`Health`](crate::Health) and in the reports of flush
    /// and shutdown.
    fn name(&self) -> &str;

    /// Receives one event. The first one is always the application event.
    ///
    /// # Errors
    ///
    /// An event that could not be processed is counted as failed, and the next one follows.
    fn feed(&mut self, event: &Event<'_>) -> Result<(), Error>;

    /// Writes all buffered events. [`Flush::reason`] is the reason of the call.
    ///
    /// # Errors
    ///
    /// An error is counted. After [`FlushReason::Requested`](crate::FlushReason::Requested) it is also reported to the
    /// caller.
    fn flush(&mut self, flush: &mut Flush) -> Result<(), Error> {
        let _ = flush;
        Ok(())
    }
}

impl Listener for Box<dyn Listener> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn feed(&mut self, event: &Event<'_>) -> Result<(), Error> {
        (**self).feed(event)
    }

    fn flush(&mut self, flush: &mut Flush) -> Result<(), Error> {
        (**self).flush(flush)
    }
}

/// Creates a listener from a closure.
///
/// # Examples
///
/// ```
/// use gomon_core::{Event, Monitor, listener};
///
/// let running = Monitor::builder()
///     .listener(listener::from_fn("errors", |event: &Event<'_>| {
///         if let Some(error) = event.get("error") { /* … */ }
///     }))
///     .build()?;
/// # drop(running);
/// # Ok::<(), gomon_core::Error>(())
/// ```
pub fn from_fn(
    name: impl Into<String>,
    feed: impl FnMut(&Event<'_>) + Send + 'static,
) -> impl Listener {
    FromFn {
        name: name.into(),
        feed,
    }
}

struct FromFn<F> {
    name: String,
    feed: F,
}

impl<F: FnMut(&Event<'_>) + Send + 'static> Listener for FromFn<F> {
    fn name(&self) -> &str {
        &self.name
    }

    fn feed(&mut self, event: &Event<'_>) -> Result<(), Error> {
        (self.feed)(event);
        Ok(())
    }
}
