//! What receives events, and how a closure becomes one.

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

/// Receives every event of a monitor, on a thread of its own.
///
/// A listener may be as slow as it likes: what does not fit its queue is dropped and counted, and nobody else notices.
/// A panic is caught and counted; after ten in a row the listener is left alone for a second, then for two, and
/// so on up to a minute. What it does on its thread is not tracked.
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
    /// Its name in [`Health`](crate::Health) and in the reports of flush and shutdown.
    fn name(&self) -> &str;

    /// One event. The first is always the application event.
    ///
    /// # Errors
    ///
    /// An event that could not be dealt with is counted as failed, and the next one follows.
    fn feed(&mut self, event: &Event<'_>) -> Result<(), Error>;

    /// Writes what the listener holds back; [`Flush::reason`] says why it is called.
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

/// Makes a listener of a closure.
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
