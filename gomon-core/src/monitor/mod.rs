//! Handle to a monitor.

pub(crate) mod auto;
pub(crate) mod builder;
pub(crate) mod config_cache;
pub(crate) mod extension_trait;
pub(crate) mod global;
pub(crate) mod launch;
mod redaction;
pub(crate) mod running;
pub(crate) mod setup;
pub(crate) mod start_error;

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::Duration;

use crate::config::Config;
use crate::config::settings::Settings;
use crate::context::child::child_of_current;
use crate::context::tracker_context::TrackerContext;
use crate::dispatch::attach::attach;
use crate::dispatch::every::every;
use crate::dispatch::flush::{FlushReport, flush};
use crate::error::Error;
use crate::listeners::Listener;
use crate::monitor::builder::MonitorBuilder;
use crate::monitor::redaction::RedactionSettings;
use crate::record::limits::Limits;
use crate::state::core::Core;
use crate::state::every::Every;
use crate::state::health::Health;
use crate::sync::deadline;
use crate::tracker::EventTracker;
use crate::tracker::open::open_root;

/// A small `Copy` handle to a monitor; it never becomes invalid.
///
/// [`MonitorBuilder`] starts a monitor; [`global`](crate::global()) returns the monitor of the process.
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
    /// Returns a builder.
    pub fn builder() -> MonitorBuilder {
        MonitorBuilder::new()
    }

    /// Returns a no-op monitor.
    #[must_use]
    pub const fn noop() -> Self {
        Self { core: None }
    }

    #[inline]
    pub(crate) const fn of(core: Option<&'static Core>) -> Self {
        Self { core }
    }

    /// Returns whether this is the no-op monitor.
    #[must_use]
    pub const fn is_noop(&self) -> bool {
        self.core.is_none()
    }

    fn started(self) -> Result<&'static Core, Error> {
        self.core.ok_or_else(Error::not_started)
    }

    /// Opens a root tracker: its parent is the application event.
    #[inline]
    pub fn root(&self, fingerprint: &'static str) -> EventTracker {
        match self.core {
            Some(core) => open_root(core, fingerprint, None),
            None => EventTracker::noop(),
        }
    }

    /// Opens a child of the current tracker if it has this monitor, else a root.
    ///
    /// [`tracker`](crate::tracker()) uses the monitor of the current tracker instead.
    #[inline]
    pub fn tracker(&self, fingerprint: &'static str) -> EventTracker {
        match self.core {
            Some(core) => child_of_current(Some(core), fingerprint)
                .unwrap_or_else(|| open_root(core, fingerprint, None)),
            None => EventTracker::noop(),
        }
    }

    /// Returns whether trackers are opened on this thread now.
    #[must_use]
    #[inline]
    pub fn is_enabled(&self) -> bool {
        self.core.is_some_and(Core::is_open)
    }

    /// Enables the monitor.
    pub fn enable(&self) {
        if let Some(core) = self.core {
            core.set_enabled(true);
        }
    }

    /// Disables the monitor: new trackers are empty. Open trackers are not affected.
    pub fn disable(&self) {
        if let Some(core) = self.core {
            core.set_enabled(false);
        }
    }

    /// Enables a disabled monitor and disables an enabled one; returns whether it is enabled now.
    pub fn toggle(&self) -> bool {
        let Some(core) = self.core else { return false };
        let enabled = !core.enabled.fetch_not(SeqCst);
        core.settle_enabled();
        enabled && core.enabled.load(SeqCst)
    }

    /// Returns the application's id, which every event carries.
    #[must_use]
    pub fn app_id(&self) -> &'static str {
        self.core.map_or("", |core| &core.application.app_id)
    }

    /// Adds a listener to a running monitor. It gets the application event, then all events that end from now on.
    ///
    /// # Errors
    ///
    /// Fails if no thread can be started, if there are 64 listeners, after shutdown, and for a no-op monitor, such as
    /// the [`global`](crate::global()) one before its start.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{LogListener, global};
    ///
    /// let too_early = global().add_listener(LogListener::stdout()).unwrap_err();
    /// assert!(too_early.is_not_started());
    /// ```
    pub fn add_listener(&self, listener: impl Listener) -> Result<(), Error> {
        attach(self.started()?, Box::new(listener))
    }

    /// Waits until every listener has received and flushed all events that ended before this call.
    ///
    /// It does not wait for a listener that calls it.
    pub fn flush(&self, timeout: Duration) -> FlushReport {
        match self.core.filter(|core| core.is_native()) {
            Some(core) => flush(core, deadline(timeout)),
            None => FlushReport::default(),
        }
    }

    /// Returns the state of an integration crate for this monitor; the first call creates it.
    ///
    /// There is one value of each type. It is dropped at shutdown. Returns `None` for a no-op monitor and after shutdown.
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
    /// All callbacks of a monitor share one thread, on which trackers are recorded. A missed call is skipped. A callback
    /// that blocks delays the others; one that panics ten times in a row is paused. The last calls get half of the
    /// timeout of [`Running::shutdown`](crate::Running::shutdown). Nothing is called in a fork or after shutdown.
    ///
    /// # Errors
    ///
    /// Fails if the operating system cannot start the thread, and for a no-op monitor.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use gomon_core::adapter::MonitorExt;
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
        every(self.started()?, interval, Box::new(f))
    }

    /// Returns the health of the monitor and its listeners.
    #[must_use]
    pub fn health(&self) -> Health {
        // In a fork, the locks may be held by threads that do not exist there.
        self.core
            .filter(|core| core.is_native())
            .map(Health::of)
            .unwrap_or_default()
    }

    /// Returns a configuration. The first call loads its plug-in with the settings given by name.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Monitor, Sampling};
    ///
    /// let running = Monitor::builder().config(Sampling::default().with_rate(0.5)).build()?;
    /// assert_eq!(running.monitor().config::<Sampling>().rate(), 0.5);
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn config<C: Config>(&self) -> Arc<C> {
        match self.core {
            Some(core) => config_cache::config(core),
            None => Arc::default(),
        }
    }

    /// Replaces a configuration. [`Limits`] are fixed when a monitor is built. A no-op monitor ignores the call.
    pub fn set_config<C: Config>(&self, config: C) {
        if let Some(core) = self.core {
            core.set_config(config);
        }
    }

    /// Replaces a configuration by its name. Keys that are missing get their defaults.
    ///
    /// Settings of a plug-in that is not loaded yet are applied when it is. Limits and redaction are fixed when a monitor
    /// is built.
    ///
    /// # Errors
    ///
    /// Fails if a key is unknown or a value has a wrong type. The error names the origin, the key and what was expected;
    /// the old configuration stays. Fails for a no-op monitor, too.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{Monitor, Settings};
    ///
    /// let running = Monitor::builder().build()?;
    /// let settings = Settings::from_json("admin console", r#"{"rat": 0.1}"#)?;
    /// let error = running.monitor().set_config_named("gomon/sampling", settings).unwrap_err();
    /// assert!(error.to_string().contains("admin console"));
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn set_config_named(&self, name: &str, settings: Settings) -> Result<(), Error> {
        let core = self.started()?;
        if [Limits::NAME, RedactionSettings::NAME].contains(&name) {
            let place = settings.named(name).describe();
            let message = format!("{place}: cannot change once the monitor is built");
            return Err(Error::config(message));
        }
        core.registry.set_named(name, settings)?;
        core.configured();
        Ok(())
    }

    /// Describes configurations set by name that are not in effect, one line each.
    ///
    /// These are the ones with an error, found when the plug-in was loaded, and those that no plug-in uses yet.
    #[must_use]
    pub fn config_errors(&self) -> Vec<String> {
        self.core
            .map(|core| core.registry.problems())
            .unwrap_or_default()
    }
}

impl TrackerContext {
    /// Returns the monitor of the tracker.
    #[must_use]
    pub fn monitor(&self) -> Monitor {
        Monitor::of(Some(self.core()))
    }
}

impl std::fmt::Debug for Monitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Monitor")
            .field("app_id", &self.app_id())
            .field("enabled", &self.is_enabled())
            .finish()
    }
}
