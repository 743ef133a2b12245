//! Filter of the layer, by the configuration.
//!
//! A callsite caches what this filter says, until the configuration changes. Before the monitor of the process is
//! started, its configuration is not known, and nothing is cached.

use tracing_core::subscriber::Interest;
use tracing_core::{LevelFilter, Metadata, metadata};
use tracing_subscriber::layer::{Context, Filter};

use super::library;
use crate::config::Setup;
use crate::{Level, LogConfig};

/// Target of the callsites by which `tracing-log` reports records of `log`. Each has its own target.
const LOG: &str = "log";

/// The filter of [`layer`](crate::layer()): level and targets of [`LogConfig`](crate::LogConfig).
#[derive(Clone, Debug)]
pub struct LogFilter {
    setup: Setup,
}

impl LogFilter {
    pub(super) const fn new(setup: Setup) -> Self {
        Self { setup }
    }

    /// Returns whether the configuration may be another one later without a change.
    fn is_unsettled(&self) -> bool {
        self.setup.monitor().is_noop()
    }
}

fn is_enabled(config: &LogConfig, metadata: &Metadata<'_>) -> bool {
    level_of(metadata.level()) <= config.level_of(metadata.target())
        || config.libraries() && library::is_known(metadata)
}

impl<S> Filter<S> for LogFilter {
    #[inline]
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        is_enabled(&self.setup.config(self.setup.monitor_under(None)), metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.target() == LOG || self.is_unsettled() {
            return Interest::sometimes();
        }
        let config = self.setup.config(self.setup.monitor());
        match is_enabled(&config, metadata) {
            true => Interest::always(),
            false => Interest::never(),
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        if self.is_unsettled() {
            return None;
        }
        let config = self.setup.config(self.setup.monitor());
        let of_libraries = match config.libraries() {
            true => library::MAX_LEVEL,
            false => Level::Off,
        };
        Some(filter_of(config.max_level().max(of_libraries)))
    }
}

/// Converts a level of `tracing`.
#[inline]
pub(super) fn level_of(level: &metadata::Level) -> Level {
    match *level {
        metadata::Level::ERROR => Level::Error,
        metadata::Level::WARN => Level::Warn,
        metadata::Level::INFO => Level::Info,
        metadata::Level::DEBUG => Level::Debug,
        metadata::Level::TRACE => Level::Trace,
    }
}

const fn filter_of(level: Level) -> LevelFilter {
    match level {
        Level::Off => LevelFilter::OFF,
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    }
}
