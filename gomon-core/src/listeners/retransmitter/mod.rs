//! Listener that forwards events to other listeners.

pub(crate) mod factory;
#[cfg(test)]
mod tests;

use crate::error::Error;
use crate::listeners::Listener;
use crate::listeners::filter::Filter;
use crate::listeners::flush::Flush;
use crate::panics::{Quarantine, contain};
use crate::record::event::Event;

/// Forwards events to other listeners, each behind a [`Filter`].
///
/// They share one thread and one queue, so a slow one delays the others. One that fails or panics
/// does not. After repeated panics, a listener is quarantined. An event counts as failed if one of
/// the listeners failed to accept it.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use gomon_core::{Filter, LogListener, Monitor, Outcome, Recorder, Retransmitter};
///
/// let slow = Recorder::new();
/// let running = Monitor::builder()
///     .listener(
///         Retransmitter::new("console")
///             .to(Filter::all().with_outcome(Outcome::Error), LogListener::stderr())
///             .to(Filter::all().with_min_elapsed(Duration::from_secs(1)), slow.listener()),
///     )
///     .build()?;
/// running.monitor().root("quick").finish();
/// running.monitor().flush(Duration::from_secs(5));
/// assert_eq!(slow.events().len(), 1); // the application event
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Retransmitter {
    name: String,
    routes: Vec<Route>,
}

impl Retransmitter {
    /// Creates a retransmitter without listeners.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            routes: Vec::new(),
        }
    }

    /// Adds a listener for events that pass `filter`.
    #[must_use]
    pub fn to(mut self, filter: Filter, listener: impl Listener) -> Self {
        self.routes.push(Route::new(filter, Box::new(listener)));
        self
    }

    /// Calls `act` for every route whose filter is selected, even after an error. Returns the first
    /// error.
    fn for_all(
        &mut self,
        is_selected: impl Fn(&Filter) -> bool,
        mut act: impl FnMut(&mut Route) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut result = Ok(());
        for route in self
            .routes
            .iter_mut()
            .filter(|route| is_selected(&route.filter))
        {
            let acted = act(route);
            if result.is_ok() {
                result = acted.map_err(|error| error.within(&route.name));
            }
        }
        result
    }
}

impl Listener for Retransmitter {
    fn name(&self) -> &str {
        &self.name
    }

    fn feed(&mut self, event: &Event<'_>) -> Result<(), Error> {
        self.for_all(|filter| filter.passes(event), |route| route.feed(event))
    }

    fn flush(&mut self, flush: &mut Flush) -> Result<(), Error> {
        self.for_all(|_| true, |route| route.flush(flush))
    }
}

/// Drops the listeners one by one. The destructor of one may panic, and two panics at once would
/// abort the process.
impl Drop for Retransmitter {
    fn drop(&mut self) {
        for route in self.routes.drain(..) {
            contain(move || drop(route));
        }
    }
}

struct Route {
    filter: Filter,
    name: String,
    listener: Box<dyn Listener>,
    feeds: Quarantine,
    flushes: Quarantine,
}

impl Route {
    fn new(filter: Filter, listener: Box<dyn Listener>) -> Self {
        let name = contain(|| listener.name().to_owned()).unwrap_or_default();
        Self {
            filter,
            name,
            listener,
            feeds: Quarantine::default(),
            flushes: Quarantine::default(),
        }
    }

    fn feed(&mut self, event: &Event<'_>) -> Result<(), Error> {
        act(&mut self.feeds, || self.listener.feed(event))
    }

    /// Flushes the listener. A loss in one route counts as a loss, even if others have the event.
    fn flush(&mut self, flush: &mut Flush) -> Result<(), Error> {
        let mut inner = Flush::new(flush.reason());
        let result = act(&mut self.flushes, || self.listener.flush(&mut inner));
        flush.add(inner);
        result
    }
}

/// Calls a listener unless it is quarantined for this kind of call.
fn act(quarantine: &mut Quarantine, call: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
    if quarantine.is_on() {
        return Err(Error::listener("quarantined after repeated panics"));
    }
    let Some(result) = contain(call) else {
        quarantine.panicked();
        return Err(Error::listener("panic in the listener"));
    };
    quarantine.succeeded();
    result
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Route")
            .field("name", &self.name)
            .field("filter", &self.filter)
            .finish_non_exhaustive()
    }
}
