//! Logger of `log`.

use std::fmt;
use std::sync::Arc;

use gomon_core::adapter::contain;
use log::{LevelFilter, Log, Metadata, SetLoggerError};

use super::fields::Fields;
use super::max_level::MaxLevel;
use crate::Level;
use crate::config::Setup;
use crate::guard::{Forwarding, Recording};
use crate::record::{Origin, Record};
use crate::setup::setup_methods;

/// Records what is logged, and forwards it to the program's own logger.
///
/// Each record is a child of the current event, else a root of the global monitor. The inner logger gets exactly the
/// records that it would get alone.
///
/// # Examples
///
/// ```
/// use gomon_log::MonitoredLogger;
/// # use log::{LevelFilter, Log, Metadata, Record};
/// # struct Printer;
/// # impl Log for Printer {
/// #     fn enabled(&self, _: &Metadata) -> bool { true }
/// #     fn log(&self, _: &Record) {}
/// #     fn flush(&self) {}
/// # }
///
/// // `Printer` is the program's own logger, such as what `env_logger::Builder::build` returns.
/// MonitoredLogger::new(Printer).install(LevelFilter::Info)?;
/// log::info!(items = 3; "cart of {}", "me");
/// # Ok::<(), log::SetLoggerError>(())
/// ```
pub struct MonitoredLogger<L> {
    inner: L,
    setup: Setup,
    max_level: Option<Arc<MaxLevel>>,
}

impl<L: Log> MonitoredLogger<L> {
    /// Wraps the program's own logger.
    ///
    /// A program without one wraps [`log::logger()`], which does nothing before a logger is set.
    #[must_use]
    pub fn new(inner: L) -> Self {
        Self {
            inner,
            setup: Setup::new(),
            max_level: None,
        }
    }

    setup_methods!();

    /// Sets the logger of the process and the maximum level.
    ///
    /// The level becomes the more verbose one of `max_level` and of the configuration, also when the configuration
    /// changes. The inner logger gets no record above `max_level`. A later [`log::set_max_level`] of the program is
    /// respected.
    ///
    /// # Errors
    ///
    /// Fails if the process has a logger.
    pub fn install(mut self, max_level: LevelFilter) -> Result<(), SetLoggerError>
    where
        L: 'static,
    {
        let max_level = Arc::new(MaxLevel::new(self.setup.clone(), max_level));
        self.max_level = Some(Arc::clone(&max_level));
        log::set_boxed_logger(Box::new(self))?;
        max_level.install();
        Ok(())
    }

    /// Returns whether the inner logger alone would get records of this level.
    #[inline]
    fn is_inner(&self, level: log::Level) -> bool {
        let max_level = self.max_level.as_ref();
        max_level.is_none_or(|max_level| max_level.is_of_program(level))
    }

    #[inline]
    fn record(&self, record: &log::Record<'_>) {
        let origin = Origin {
            level: level_of(record.level()),
            target: record.target(),
            module: record.module_path(),
            file: record.file(),
            line: record.line(),
        };
        if let Some(mut ours) = Record::begin(&self.setup, "log-record", &origin) {
            ours.set_message(*record.args());
            // A source of key/values is foreign code.
            let _ = contain(|| record.key_values().visit(&mut Fields(&mut ours)));
        }
    }
}

impl<L: Log> Log for MonitoredLogger<L> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.is_inner(metadata.level()) && self.inner.enabled(metadata)
            || Record::is_enabled(&self.setup, level_of(metadata.level()), metadata.target())
    }

    #[inline]
    fn log(&self, record: &log::Record<'_>) {
        if let Some(max_level) = &self.max_level {
            max_level.settle();
        }
        if Recording::is_on() {
            return;
        }
        self.record(record);
        if self.is_inner(record.level()) {
            let _forwarding = Forwarding::begin();
            self.inner.log(record);
        }
    }

    fn flush(&self) {
        self.inner.flush();
    }
}

impl<L> fmt::Debug for MonitoredLogger<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredLogger")
            .field("setup", &self.setup)
            .finish_non_exhaustive()
    }
}

/// Converts a level of `log`.
#[inline]
const fn level_of(level: log::Level) -> Level {
    match level {
        log::Level::Error => Level::Error,
        log::Level::Warn => Level::Warn,
        log::Level::Info => Level::Info,
        log::Level::Debug => Level::Debug,
        log::Level::Trace => Level::Trace,
    }
}
