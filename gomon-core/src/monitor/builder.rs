//! How a monitor is described and started.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::Config;
use crate::config::registry::Registry;
use crate::config::settings::Settings;
use crate::error::Error;
use crate::listeners::Listener;
use crate::listeners::factory::{Factories, ListenerFactory};
use crate::monitor::running::Running;
use crate::monitor::start_error::StartError;
use crate::record::limits::Limits;
use crate::state::application::ApplicationSettings;
use crate::state::global::{install, is_taken};
use gomon_redact::Redaction;

/// The byte budget, unless it is set.
const MEMORY: usize = 16 * 1024 * 1024;
/// Less than this would not hold two events of the greatest size.
const LEAST_MEMORY: usize = 1024 * 1024;
const HEALTH_INTERVAL: Duration = Duration::from_secs(60);

/// Describes a monitor: who the program is, who listens, what is configured.
///
/// # Examples
///
/// ```
/// use gomon_core::{LogListener, Monitor, Sampling};
///
/// let gomon = Monitor::builder()
///     .app_id("shop")
///     .version(env!("CARGO_PKG_VERSION"))
///     .environment("test")
///     .listener(LogListener::stdout())
///     .config(Sampling::default().with_per_second(1_000))
///     .start()?;
/// # drop(gomon);
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[must_use = "a monitor runs after `start()` or `build()`"]
pub struct MonitorBuilder {
    pub(super) application: ApplicationSettings,
    pub(super) listeners: Vec<Box<dyn Listener>>,
    pub(super) listener_settings: Vec<Settings>,
    pub(super) factories: Factories,
    pub(super) registry: Registry,
    pub(super) redaction: Redaction,
    pub(super) memory: usize,
    pub(super) enabled: bool,
    pub(super) health_interval: Option<Duration>,
    pub(super) files: Vec<PathBuf>,
    /// The first thing that was wrong, told by `build`.
    pub(super) error: Option<Error>,
}

impl MonitorBuilder {
    pub(crate) fn new() -> Self {
        Self {
            application: ApplicationSettings::default(),
            listeners: Vec::new(),
            listener_settings: Vec::new(),
            factories: super::launch::built_in(),
            registry: Registry::default(),
            redaction: Redaction::default(),
            memory: MEMORY,
            enabled: true,
            health_interval: Some(HEALTH_INTERVAL),
            files: Vec::new(),
            error: None,
        }
    }

    /// The application's id, carried by every event; by default a random one.
    ///
    /// # Examples
    ///
    /// ```
    /// let builder = gomon_core::Monitor::builder().app_id("shop");
    /// ```
    pub fn app_id(mut self, app_id: impl Into<String>) -> Self {
        self.application.app_id = Some(app_id.into());
        self
    }

    /// The application's version, for the application event.
    ///
    /// # Examples
    ///
    /// ```
    /// let builder = gomon_core::Monitor::builder().version(env!("CARGO_PKG_VERSION"));
    /// ```
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.application.version = Some(version.into());
        self
    }

    /// Where it runs, such as `prod`, for the application event.
    ///
    /// # Examples
    ///
    /// ```
    /// let builder = gomon_core::Monitor::builder().environment("prod");
    /// ```
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.application.environment = Some(environment.into());
        self
    }

    /// One field more of the application event.
    ///
    /// # Examples
    ///
    /// ```
    /// let builder = gomon_core::Monitor::builder().field("region", "eu-1");
    /// ```
    pub fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.application.fields.push((name.into(), value.into()));
        self
    }

    /// One listener more.
    ///
    /// # Examples
    ///
    /// ```
    /// let builder = gomon_core::Monitor::builder().listener(gomon_core::LogListener::stdout());
    /// ```
    pub fn listener(mut self, listener: impl Listener) -> Self {
        self.listeners.push(Box::new(listener));
        self
    }

    /// A kind of listener that configuration files may name.
    ///
    /// # Examples
    ///
    /// See [`ListenerFactory`].
    pub fn listener_factory(mut self, factory: impl ListenerFactory) -> Self {
        if let Err(error) = self.factories.register(factory) {
            self.error.get_or_insert(error);
        }
        self
    }

    /// A configuration other than its default.
    ///
    /// # Examples
    ///
    /// See [`MonitorBuilder`].
    pub fn config<C: Config>(self, config: C) -> Self {
        self.registry.set(config);
        self
    }

    /// A file to configure it, TOML or JSON; what it says wins over what the program says, and its listeners come on top of
    /// the program's. The table of a plug-in is read when that is loaded, at its first request or the like; one that does not
    /// fit leaves the defaults and shows in [`Monitor::config_errors`](crate::Monitor::config_errors) and [`Health`](crate::Health).
    ///
    /// [`start`](Self::start) also reads the file that the environment variable `GOMON_CONFIG` names.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = gomon_core::Monitor::builder().config_file("/no/such/gomon.toml").build().unwrap_err();
    /// assert!(error.to_string().contains("/no/such/gomon.toml"));
    /// ```
    pub fn config_file(mut self, path: impl AsRef<Path>) -> Self {
        self.files.push(path.as_ref().to_owned());
        self
    }

    /// How large an event may become.
    ///
    /// # Examples
    ///
    /// ```
    /// let builder = gomon_core::Monitor::builder().limits(gomon_core::Limits::default().with_fields(32));
    /// ```
    pub fn limits(self, limits: Limits) -> Self {
        self.config(limits)
    }

    /// Sets the redaction policy; the table `gomon/redaction` of a file adds to it.
    ///
    /// # Examples
    ///
    /// ```
    /// let builder = gomon_core::Monitor::builder().redaction(gomon_core::Redaction::default());
    /// ```
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// The bytes that may be held by all buffers and queues together; 16 MiB by default, at least 1 MiB.
    ///
    /// # Examples
    ///
    /// ```
    /// let builder = gomon_core::Monitor::builder().memory(32 * 1024 * 1024);
    /// ```
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes.max(LEAST_MEMORY);
        self
    }

    /// Whether it opens trackers from the start; it does by default. One that is disabled from the start tells nobody
    /// anything; the application event comes when it is enabled for the first time, before all others.
    ///
    /// # Examples
    ///
    /// ```
    /// let builder = gomon_core::Monitor::builder().enabled(false);
    /// ```
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// How often a `gomon-health` event tells of GoMon itself while it is enabled; every minute by default, never for
    /// `None`. The last one comes at shutdown and counts all that came before it; what listeners have not taken
    /// within a quarter of a second stands in it as waiting.
    ///
    /// # Examples
    ///
    /// ```
    /// let builder = gomon_core::Monitor::builder().health_interval(None);
    /// ```
    pub fn health_interval(mut self, interval: Option<Duration>) -> Self {
        self.health_interval = interval.map(|interval| interval.max(Duration::from_millis(100)));
        self
    }

    /// Makes a monitor of its own, as tests want it.
    ///
    /// # Errors
    ///
    /// A configuration file that cannot be read or has an unknown key or a wrong type, or no thread to be had.
    ///
    /// # Examples
    ///
    /// ```
    /// let running = gomon_core::Monitor::builder().app_id("test").build()?;
    /// assert_eq!(running.app_id(), "test");
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn build(mut self) -> Result<Running, Error> {
        self.read_files(false)?;
        self.launch().map(Running::new)
    }

    /// Makes the monitor of the process.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build), and when one was started before and still runs: the error holds the builder then.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::Monitor;
    ///
    /// let first = Monitor::builder().start()?;
    /// let error = Monitor::builder().app_id("second").start().unwrap_err();
    /// assert!(error.into_builder().is_some());
    /// # drop(first);
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn start(mut self) -> Result<Running, StartError> {
        if is_taken() {
            return Err(StartError::already_started(self));
        }
        self.read_files(true)?;
        let core = self.launch()?;
        // Whoever else started meanwhile came first; ours ends.
        let running = Running::new(core);
        install(core)?;
        Ok(running)
    }
}

impl std::fmt::Debug for MonitorBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MonitorBuilder")
            .field("app_id", &self.application.app_id)
            .field("listeners", &self.listeners.len())
            .finish_non_exhaustive()
    }
}
