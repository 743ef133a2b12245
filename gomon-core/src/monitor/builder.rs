//! Builder of a monitor.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::Config;
use crate::config::registry::Registry;
use crate::config::settings::Settings;
use crate::error::Error;
use crate::listeners::Listener;
use crate::listeners::factory::{Factories, ListenerFactory};
use crate::monitor::auto::AutoHook;
use crate::monitor::running::Running;
use crate::monitor::start_error::StartError;
use crate::record::limits::Limits;
use crate::state::application::ApplicationSettings;
use crate::state::global::{install, is_taken};
use gomon_redact::Redaction;

/// Default byte budget.
const DEFAULT_MEMORY: usize = 16 * 1024 * 1024;
/// Default byte budget of open trackers: about 65,000 of them.
const DEFAULT_OPEN_MEMORY: usize = 64 * 1024 * 1024;
/// Minimum byte budget. A smaller one would not hold two events of maximum size.
const MIN_MEMORY: usize = 1024 * 1024;
const DEFAULT_HEALTH_INTERVAL: Duration = Duration::from_secs(60);
const MIN_HEALTH_INTERVAL: Duration = Duration::from_millis(100);

/// Configures and starts a monitor.
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
    pub(super) open_memory: usize,
    pub(super) enabled: bool,
    pub(super) health_interval: Option<Duration>,
    pub(super) files: Vec<PathBuf>,
    hooks: Vec<AutoHook>,
    /// The first error, returned by `build`.
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
            memory: DEFAULT_MEMORY,
            open_memory: DEFAULT_OPEN_MEMORY,
            enabled: true,
            health_interval: Some(DEFAULT_HEALTH_INTERVAL),
            files: Vec::new(),
            hooks: Vec::new(),
            error: None,
        }
    }

    /// Sets the application's id, which every event carries. The default is random.
    pub fn app_id(mut self, app_id: impl Into<String>) -> Self {
        self.application.app_id = Some(app_id.into());
        self
    }

    /// Sets the application's version, a field of the application event.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.application.version = Some(version.into());
        self
    }

    /// Sets the environment, such as `prod`, a field of the application event.
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.application.environment = Some(environment.into());
        self
    }

    /// Adds a field to the application event.
    pub fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.application.fields.push((name.into(), value.into()));
        self
    }

    /// Adds a listener.
    pub fn listener(mut self, listener: impl Listener) -> Self {
        self.listeners.push(Box::new(listener));
        self
    }

    /// Adds a kind of listener that configuration files may name.
    pub fn listener_factory(mut self, factory: impl ListenerFactory) -> Self {
        if let Err(error) = self.factories.register(factory) {
            self.error.get_or_insert(error);
        }
        self
    }

    /// Replaces the default of a configuration.
    pub fn config<C: Config>(self, config: C) -> Self {
        self.registry.set(config);
        self
    }

    /// Adds a configuration file, TOML or JSON.
    ///
    /// Its settings override those of the program; its listeners are added to the program's. The table of a plug-in is
    /// read when the plug-in is first used. A table with an error leaves the defaults in effect, and the error appears in
    /// [`Monitor::config_errors`](crate::Monitor::config_errors) and [`Health`](crate::Health).
    ///
    /// [`start`](Self::start) also reads the file named by the environment variable `GOMON_CONFIG`.
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

    /// Sets the limits of an event.
    pub fn limits(self, limits: Limits) -> Self {
        self.config(limits)
    }

    /// Sets the redaction policy; the table `gomon/redaction` of a file adds to it.
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// Sets the byte budget of all buffers and queues together. The default is 16 MiB, the minimum 1 MiB.
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes.max(MIN_MEMORY);
        self
    }

    /// Sets the byte budget of open trackers. The default is 64 MiB, the minimum 1 MiB.
    ///
    /// An open tracker takes about 800 bytes, and more if its event is large. A quarter of the budget is a reserve.
    /// Beyond the rest, a tracker has ids and children but no fields, and its event is counted as dropped, under
    /// [`open_budget`](crate::Dropped::open_budget). Beyond the reserve, a tracker is empty, and counted whatever the
    /// sampling. A field or an error beyond the budget is dropped and counted like one beyond the [`Limits`].
    pub fn open_memory(mut self, bytes: usize) -> Self {
        self.open_memory = bytes.max(MIN_MEMORY);
        self
    }

    /// Sets whether the monitor is enabled from the start, which is the default.
    ///
    /// A monitor that starts disabled emits nothing. When it is first enabled, it emits the application event before
    /// all others.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Sets the interval of `gomon-health` events; `None` disables them. The default is one minute.
    ///
    /// They are emitted while the monitor is enabled. The last one is emitted at shutdown and counts all events before
    /// it. Events that listeners have not processed within a quarter of a second count as waiting in it.
    pub fn health_interval(mut self, interval: Option<Duration>) -> Self {
        self.health_interval = interval.map(|interval| interval.max(MIN_HEALTH_INTERVAL));
        self
    }

    /// Adds hooks that instrument libraries for the whole process, without changes at their call sites.
    ///
    /// [`start`](Self::start) installs them, after the program's own loggers are set; [`build`](Self::build) does not.
    /// They never fail the start: [`Running::hooks`] returns what was hooked and what was taken. They stay after the
    /// monitor's shutdown, and then record nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::{AutoHook, Monitor};
    ///
    /// // For example `gomon_log::auto()`.
    /// let hook = AutoHook::new(|report| report.taken("logger of log", "the program has one"));
    /// let running = Monitor::builder().auto([hook]).start()?;
    /// assert_eq!(running.hooks()[0].to_string(), "logger of log: not hooked: the program has one");
    /// # Ok::<(), gomon_core::StartError>(())
    /// ```
    pub fn auto(mut self, hooks: impl IntoIterator<Item = AutoHook>) -> Self {
        self.hooks.extend(hooks);
        self
    }

    /// Starts a local monitor, as tests need it.
    ///
    /// Every monitor, also one of [`start`](Self::start), leaves about 3 KiB allocated after its shutdown, so that its
    /// handles and trackers stay valid. Do not build one per request.
    ///
    /// # Errors
    ///
    /// Fails if a configuration file cannot be read or has an unknown key or a wrong type, or if the operating system
    /// cannot start a thread.
    ///
    /// # Examples
    ///
    /// ```
    /// let running = gomon_core::Monitor::builder().app_id("test").build()?;
    /// assert_eq!(running.monitor().app_id(), "test");
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn build(mut self) -> Result<Running, Error> {
        self.read_files(false)?;
        self.launch().map(Running::new)
    }

    /// Starts the global monitor of the process.
    ///
    /// # Errors
    ///
    /// Fails like [`build`](Self::build), and if a global monitor is already running. Only then does the error contain
    /// the builder.
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
        let hooks = std::mem::take(&mut self.hooks);
        let core = self.launch()?;
        // If another thread has started one meanwhile, this one is dropped.
        let mut running = Running::new(core);
        install(core)?;
        running.set_hooks(AutoHook::install_all(hooks));
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
