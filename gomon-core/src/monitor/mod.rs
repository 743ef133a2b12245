//! The handle by which everybody reaches a monitor.

pub(crate) mod builder;
pub(crate) mod config_cache;
pub(crate) mod configuration;
pub(crate) mod global;
pub(crate) mod launch;
pub(crate) mod link;
mod redaction;
pub(crate) mod report;
pub(crate) mod running;
pub(crate) mod setup;
pub(crate) mod start_error;

use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use crate::context;
use crate::context::TrackerContext;
use crate::dispatch::flush::FlushReport;
use crate::dispatch::flush::flush;
use crate::error::Error;
use crate::id::traceparent::TraceContext;
use crate::listeners::Listener;
use crate::monitor::builder::MonitorBuilder;
use crate::state::core::Core;
use crate::state::health::Health;
use crate::tracker::EventTracker;

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
            Some(core) => core.open_root(fingerprint, None),
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
            Some(core) => core.open_root(fingerprint, route),
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
            Some(core) => core.open_remote(fingerprint, remote),
            None => EventTracker::noop(),
        }
    }

    /// Opens a child of the current tracker, or a root where there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// let tracker = gomon_core::global().tracker("step");
    /// ```
    #[inline]
    pub fn tracker(&self, fingerprint: &'static str) -> EventTracker {
        match self.core {
            Some(core) => context::child_of_current(core, fingerprint)
                .unwrap_or_else(|| core.open_root(fingerprint, None)),
            None => EventTracker::noop(),
        }
    }

    /// Opens a child of an event that is known by its context only.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{TrackerContext, global};
    ///
    /// if let Some(context) = TrackerContext::current() {
    ///     let tracker = global().child_of(&context, "step");
    /// }
    /// ```
    pub fn child_of(&self, parent: &TrackerContext, fingerprint: &'static str) -> EventTracker {
        match self.core {
            Some(core) if std::ptr::eq(core, parent.core()) => parent.child(fingerprint),
            _ => EventTracker::noop(),
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
            Some(core) => core.attach(Box::new(listener)),
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
