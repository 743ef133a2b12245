//! Global maximum level of `log`: that of the program or of the configuration, whichever is more verbose.
//!
//! Before the monitor of the process is started, its configuration is not known, and the level is `trace`.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use log::LevelFilter;

use crate::Level;
use crate::config::Setup;

/// The level of the installed logger.
static INSTALLED: OnceLock<Arc<MaxLevel>> = OnceLock::new();

/// Applies a changed configuration.
pub(crate) fn refresh() {
    if let Some(installed) = INSTALLED.get() {
        installed.apply();
    }
}

/// Returns whether a logger of this crate is installed.
pub(super) fn is_installed() -> bool {
    INSTALLED.get().is_some()
}

#[derive(Debug)]
pub(super) struct MaxLevel {
    setup: Setup,
    /// Maximum level of the program's own logger.
    program: LevelFilter,
    /// The global level as this set it. If it is another one, the program has set it since.
    set: AtomicUsize,
    is_settled: AtomicBool,
}

impl MaxLevel {
    pub(super) fn new(setup: Setup, program: LevelFilter) -> Self {
        Self {
            setup,
            program,
            set: AtomicUsize::new(log::max_level() as usize),
            is_settled: AtomicBool::new(false),
        }
    }

    /// Makes it that of the process.
    pub(super) fn install(self: Arc<Self>) {
        self.apply();
        let _ = INSTALLED.set(self);
    }

    fn is_changed(&self) -> bool {
        log::max_level() as usize != self.set.load(Relaxed)
    }

    /// Sets the global level, unless the program has changed it since.
    fn apply(&self) {
        let monitor = self.setup.monitor();
        let is_settled = !monitor.is_noop();
        let ours = match is_settled {
            true => filter_of(self.setup.config(monitor).max_level()),
            false => LevelFilter::Trace,
        };
        if !self.is_changed() {
            let level = ours.max(self.program);
            self.set.store(level as usize, Relaxed);
            log::set_max_level(level);
        }
        self.is_settled.store(is_settled, Relaxed);
    }

    /// Applies the configuration of a monitor that was started after the logger was installed.
    #[inline]
    pub(super) fn settle(&self) {
        if !self.is_settled.load(Relaxed) && !self.setup.monitor().is_noop() {
            self.apply();
        }
    }

    /// Returns whether the program's logger alone would get records of this level.
    #[inline]
    pub(super) fn is_of_program(&self, level: log::Level) -> bool {
        level <= self.program || self.is_changed()
    }
}

/// Converts a level to one of `log`.
const fn filter_of(level: Level) -> LevelFilter {
    match level {
        Level::Off => LevelFilter::Off,
        Level::Error => LevelFilter::Error,
        Level::Warn => LevelFilter::Warn,
        Level::Info => LevelFilter::Info,
        Level::Debug => LevelFilter::Debug,
        Level::Trace => LevelFilter::Trace,
    }
}
