//! The handle by which everybody reaches a monitor.

pub(crate) mod builder;
pub(crate) mod config_cache;
pub(crate) mod global;
pub(crate) mod launch;
mod redaction;
pub(crate) mod running;
pub(crate) mod setup;
pub(crate) mod start_error;

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::{Duration, Instant};

use crate::config::Config;
use crate::config::settings::Settings;
use crate::context::child::child_of_current;
use crate::context::tracker_context::TrackerContext;
use crate::dispatch::attach::attach;
use crate::dispatch::every::every;
use crate::dispatch::flush::{FlushReport, flush};
use crate::error::Error;
use crate::id::trace::TraceId;
use crate::id::traceparent::TraceContext;
use crate::listeners::Listener;
use crate::monitor::builder::MonitorBuilder;
use crate::monitor::redaction::RedactionSettings;
use crate::record::limits::Limits;
use crate::state::core::Core;
use crate::state::every::Every;
use crate::state::health::Health;
use crate::tracker::EventTracker;
use crate::tracker::open::{open_remote, open_root};
use crate::tracker::thread as local;

/// A handle to a monitor: small, `Copy`, valid for ever.
///
/// It is made by [`MonitorBuilder`]; [`global`](crate::global()) gives the one that was started for the process.
///
/// # Examples
///
/// ```
/// use gomon_core::{LogListener, Monitor};
///
/// let running = Monitor::builder().app_id("shop").listener(LogListener::stdout()).build()?;
/// let monitor: Monitor = running.monitor();
/// monitor.root("job").finish();
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Monitor {
    core: Option<&'static Core>,
}

impl Monitor {
    /// Begins to describe a monitor.
    ///
    /// # Examples
    ///
    /// See [`MonitorBuilder`].
    pub fn builder() -> MonitorBuilder {
        MonitorBuilder::new()
    }

    /// A monitor that does nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_core::Monitor::noop().root("job").is_noop());
    /// ```
    #[must_use]
    pub const fn noop() -> Self {
        Self { core: None }
    }

    #[inline]
    pub(crate) const fn of(core: Option<&'static Core>) -> Self {
        Self { core }
    }

    /// Whether it does nothing for good.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_core::Monitor::noop().is_noop());
    /// ```
    #[must_use]
    pub const fn is_noop(&self) -> bool {
        self.core.is_none()
    }

    /// Opens a tracker without a parent but the application.
    ///
    /// # Examples
    ///
    /// ```
    /// let tracker = gomon_core::global().root("job");
    /// ```
    #[inline]
    pub fn root(&self, fingerprint: &'static str) -> EventTracker {
        match self.core {
            Some(core) => open_root(core, fingerprint, None),
            None => EventTracker::noop(),
        }
    }

    /// Opens a tracker without a parent for a request to `route`, by which sampling may tell it.
    ///
    /// # Examples
    ///
    /// ```
    /// let tracker = gomon_core::global().root_for("http-service", Some("/users/{id}"));
    /// ```
    #[inline]
    pub fn root_for(&self, fingerprint: &'static str, route: Option<&str>) -> EventTracker {
        match self.core {
            Some(core) => open_root(core, fingerprint, route),
            None => EventTracker::noop(),
        }
    }

    /// Whether sampling has rules for routes, so that [`root_for`](Self::root_for) must be told one.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!gomon_core::global().samples_by_route());
    /// ```
    #[must_use]
    pub fn samples_by_route(&self) -> bool {
        self.core.is_some_and(|it| it.sampler.samples_by_route())
    }

    /// Opens a tracker that continues the trace of another process, with that one's span as its parent.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::TraceContext;
    ///
    /// let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let remote = TraceContext::from_headers([header.as_bytes()].into_iter(), std::iter::empty());
    /// let tracker = remote.map(|remote| gomon_core::global().continued("http-service", &remote));
    /// ```
    pub fn continued(&self, fingerprint: &'static str, remote: &TraceContext) -> EventTracker {
        match self.core {
            Some(core) => open_remote(core, fingerprint, remote),
            None => EventTracker::noop(),
        }
    }

    /// Opens a child of the current tracker if that is of this monitor, else a root of it.
    ///
    /// [`tracker`](crate::tracker()) opens in the monitor of the current tracker instead.
    ///
    /// # Examples
    ///
    /// ```
    /// let tracker = gomon_core::global().tracker("step");
    /// ```
    #[inline]
    pub fn tracker(&self, fingerprint: &'static str) -> EventTracker {
        match self.core {
            Some(core) => child_of_current(Some(core), fingerprint)
                .unwrap_or_else(|| open_root(core, fingerprint, None)),
            None => EventTracker::noop(),
        }
    }

    /// Whether trackers are opened on this thread now.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!gomon_core::Monitor::noop().is_enabled());
    /// ```
    #[must_use]
    #[inline]
    pub fn is_enabled(&self) -> bool {
        self.core.is_some_and(Core::is_open)
    }

    /// Opens trackers again.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_core::global().enable();
    /// ```
    pub fn enable(&self) {
        if let Some(core) = self.core {
            core.set_enabled(true);
        }
    }

    /// Opens empty trackers only. Those that are open go on.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_core::global().disable();
    /// ```
    pub fn disable(&self) {
        if let Some(core) = self.core {
            core.set_enabled(false);
        }
    }

    /// Enables what is disabled and the other way round; what it is now is returned.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!gomon_core::Monitor::noop().toggle());
    /// ```
    pub fn toggle(&self) -> bool {
        let Some(core) = self.core else { return false };
        let enabled = !core.enabled.fetch_not(SeqCst);
        core.settle_enabled();
        enabled && core.enabled.load(SeqCst)
    }

    /// The application's id, as every event carries it.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_core::Monitor::noop().app_id(), "");
    /// ```
    #[must_use]
    pub fn app_id(&self) -> &'static str {
        self.core.map_or("", |core| &core.application.app_id)
    }

    /// Adds a listener to a running monitor. It sees the application event first, then what ends from now on.
    ///
    /// # Errors
    ///
    /// When no thread can be had, there are 64 listeners, or the monitor was shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{LogListener, global};
    ///
    /// global().add_listener(LogListener::stdout())?;
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn add_listener(&self, listener: impl Listener) -> Result<(), Error> {
        match self.core {
            Some(core) => attach(core, Box::new(listener)),
            None => Ok(()),
        }
    }

    /// Waits until all that ended before this call has been delivered to every listener, and flushed by it.
    ///
    /// Called by a listener, it leaves that one out.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let report = gomon_core::global().flush(Duration::from_secs(5));
    /// assert!(report.is_complete());
    /// ```
    pub fn flush(&self, timeout: Duration) -> FlushReport {
        match self.core.filter(|core| core.is_native()) {
            Some(core) => flush(core, deadline(timeout)),
            None => FlushReport::default(),
        }
    }

    /// Returns the state that an integration crate keeps for this monitor; the first call makes it.
    ///
    /// There is one value of each type. It is dropped when the monitor has ended. `None` for a monitor that does nothing,
    /// and after the end.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    ///
    /// use gomon_core::Monitor;
    ///
    /// #[derive(Default)]
    /// struct Commands(AtomicU64);
    ///
    /// let running = Monitor::builder().build()?;
    /// let monitor = running.monitor();
    /// monitor.extension::<Commands>().unwrap().0.fetch_add(1, Relaxed);
    /// assert_eq!(monitor.extension::<Commands>().unwrap().0.load(Relaxed), 1);
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn extension<T: Default + Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let core = self.core.filter(|core| !core.stopped.load(Relaxed))?;
        Some(core.extensions.get())
    }

    /// Calls `f` at an interval (at least 10 ms) until the returned handle is dropped, and once more at shutdown.
    ///
    /// All callbacks of a monitor share one thread, on which trackers are recorded. A beat that is missed is skipped.
    /// A callback that blocks delays the others; one that panics ten times in a row is paused. The last calls have half
    /// of the time that [`Running::shutdown`] was given. In a fork, and after shutdown, nothing is called.
    ///
    /// # Errors
    ///
    /// When the operating system cannot start the thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use gomon_core::{Key, Monitor, Recorder};
    ///
    /// const QUEUED: Key<'static> = Key::new("queued");
    ///
    /// let recorder = Recorder::new();
    /// let running = Monitor::builder().listener(recorder.listener()).build()?;
    /// let monitor = running.monitor();
    /// let _every = monitor.every(Duration::from_secs(60), move || {
    ///     monitor.report("queue").set(QUEUED, 3);
    /// })?;
    /// running.shutdown(Duration::from_secs(5));
    /// assert_eq!(recorder.wait_for(1)[0].as_event().fingerprint(), "queue");
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn every(
        &self,
        interval: Duration,
        f: impl FnMut() + Send + 'static,
    ) -> Result<Every, Error> {
        match self.core {
            Some(core) => every(core, interval, Box::new(f)),
            None => Ok(Every::empty()),
        }
    }

    /// What it knows about itself.
    ///
    /// # Examples
    ///
    /// See [`Health`].
    #[must_use]
    pub fn health(&self) -> Health {
        // A fork may have inherited the locks that this takes from threads that it has not.
        self.core
            .filter(|core| core.is_native())
            .map(Health::of)
            .unwrap_or_default()
    }

    /// Opens a tracker without a parent but the application, which sampling does not leave out: for what is told now
    /// and then about the process, such as a profile.
    ///
    /// # Examples
    ///
    /// ```
    /// let tracker = gomon_core::global().report("sql-profile");
    /// ```
    pub fn report(&self, fingerprint: &'static str) -> EventTracker {
        match self.core {
            Some(core) if core.is_open() => EventTracker::open(local::open_root(core, fingerprint)),
            _ => EventTracker::noop(),
        }
    }

    /// A configuration; its plug-in is loaded by the first call, with what was set by name before.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Monitor, Sampling};
    ///
    /// let running = Monitor::builder().config(Sampling::default().with_rate(0.5)).build()?;
    /// assert_eq!(running.config::<Sampling>().rate(), 0.5);
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn config<C: Config>(&self) -> Arc<C> {
        match self.core {
            Some(core) => config_cache::config(core),
            None => Arc::default(),
        }
    }

    /// A copy of the configuration of a plug-in, as [`config`](Self::config) gives it: for small ones that are read again
    /// and again, since it counts no references, which costs a thread more than to copy some words.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Sampling, global};
    ///
    /// assert_eq!(global().config_copy::<Sampling>().rate(), 1.0);
    /// ```
    #[must_use]
    #[inline]
    pub fn config_copy<C: Config>(&self) -> C {
        match self.core {
            Some(core) => config_cache::copy(core),
            None => C::default(),
        }
    }

    /// Replaces a configuration, at any time; [`Limits`] are fixed when a monitor is built.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Sampling, global};
    ///
    /// global().set_config(Sampling::default().with_rate(0.1));
    /// ```
    pub fn set_config<C: Config>(&self, config: C) {
        if let Some(core) = self.core {
            core.set_config(config);
        }
    }

    /// Replaces a configuration by its name: the defaults, and the keys given.
    ///
    /// That of a plug-in that was not loaded yet waits for it. Limits and redaction are fixed when a monitor is built.
    ///
    /// # Errors
    ///
    /// An unknown key or a wrong type: the error names the origin, the key and what was expected, and the old
    /// configuration stays.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Settings, global};
    ///
    /// global().set_config_named("gomon/sampling", Settings::from_json("admin console", r#"{"rate": 0.1}"#)?)?;
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn set_config_named(&self, name: &str, settings: Settings) -> Result<(), Error> {
        let Some(core) = self.core else { return Ok(()) };
        if [Limits::NAME, RedactionSettings::NAME].contains(&name) {
            let place = settings.named(name).describe();
            let message = format!("{place}: expected before the monitor is built");
            return Err(Error::config(message));
        }
        core.registry.set_named(name, settings)?;
        core.configured();
        Ok(())
    }

    /// Describes configurations that were set by name and are not in effect, one line each: those that did not fit when
    /// their plug-in was loaded, and those that no plug-in uses yet.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_core::global().config_errors().is_empty());
    /// ```
    #[must_use]
    pub fn config_errors(&self) -> Vec<String> {
        self.core
            .map(|core| core.registry.problems())
            .unwrap_or_default()
    }

    /// The parent's event id and the trace that a remote context names, for a link to it.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Monitor, TraceContext};
    ///
    /// let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let remote = TraceContext::from_headers([header.as_bytes()].into_iter(), std::iter::empty()).unwrap();
    /// let (trace, id) = Monitor::link_to(&remote);
    /// assert_eq!(id.to_string(), "0af76519-16cd-43dd-b7ad-6b7169203331");
    /// assert_eq!(trace, remote.parent.trace_id);
    /// ```
    #[must_use]
    pub fn link_to(remote: &TraceContext) -> (TraceId, crate::id::Id) {
        let parent = remote.parent;
        (
            parent.trace_id,
            crate::id::Id::in_trace(parent.trace_id, parent.parent_id),
        )
    }
}

impl TrackerContext {
    /// The monitor that the tracker belongs to.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gomon_core::{TrackerContext, global};
    /// let ours = TrackerContext::current().is_some_and(|context| context.monitor() == global());
    /// ```
    #[must_use]
    pub fn monitor(&self) -> Monitor {
        Monitor::of(Some(self.core()))
    }
}

/// A far deadline where `timeout` is too long for the clock.
pub(crate) fn deadline(timeout: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(timeout)
        .unwrap_or(now + Duration::from_secs(86_400))
}

impl std::fmt::Debug for Monitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Monitor")
            .field("app_id", &self.app_id())
            .field("enabled", &self.is_enabled())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::sampling::Sampling;

    #[test]
    fn reports_are_recorded_whatever_the_sampling() {
        let nothing = Sampling::default().with_rate(0.0);
        let running = Monitor::builder().config(nothing).build().unwrap();
        assert!(!running.monitor().root("job").is_recording());
        assert!(running.monitor().report("profile").is_recording());
        running.monitor().disable();
        assert!(running.monitor().report("profile").is_noop());
    }
}
