//! A record of any facade, as an event.

#[cfg(feature = "slog")]
use std::error::Error;
#[cfg(any(feature = "log", feature = "slog"))]
use std::fmt;

#[cfg(feature = "tracing")]
use gomon_core::Monitor;
#[cfg(feature = "tracing")]
use gomon_core::adapter::SharedTracker;
#[cfg(any(feature = "log", feature = "slog"))]
use gomon_core::adapter::TrackerExt as _;
#[cfg(feature = "log")]
use gomon_core::adapter::format_bounded;
use gomon_core::adapter::{admit_log, keys};
use gomon_core::{EventTracker, Outcome, current};
#[cfg(any(feature = "log", feature = "slog"))]
use gomon_core::{Key, Value};

use crate::config::Setup;
#[cfg(any(feature = "log", feature = "slog"))]
use crate::fields;
use crate::guard::Recording;
#[cfg(any(feature = "log", feature = "slog"))]
use crate::sqlx;
use crate::{Level, LogConfig};

/// Where a record comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    pub(crate) level: Level,
    pub(crate) target: &'a str,
    pub(crate) module: Option<&'a str>,
    pub(crate) file: Option<&'a str>,
    pub(crate) line: Option<u32>,
}

impl Origin<'_> {
    /// Sets the fields.
    #[inline]
    pub(crate) fn describe(&self, tracker: &mut EventTracker) {
        tracker.set(keys::LEVEL, self.level.as_str());
        tracker.set(keys::TARGET, self.target);
        if let Some(module) = self.module.filter(|module| *module != self.target) {
            tracker.set(keys::MODULE, module);
        }
        if let Some(file) = self.file {
            tracker.set(keys::FILE, file);
        }
        if let Some(line) = self.line {
            tracker.set(keys::LINE, line);
        }
    }
}

/// Parent of a record.
#[derive(Clone, Debug)]
pub(crate) enum Parent {
    /// The application.
    #[cfg(feature = "tracing")]
    None,
    /// The current tracker, if there is one.
    Current,
    #[cfg(feature = "tracing")]
    Shared(SharedTracker),
}

impl Parent {
    /// Returns the monitor of its children.
    #[cfg(feature = "tracing")]
    #[inline]
    pub(crate) fn monitor(&self, setup: &Setup) -> Monitor {
        match self {
            Self::None => setup.monitor(),
            Self::Current => setup.monitor_under(None),
            Self::Shared(parent) => parent.context().monitor(),
        }
    }

    /// Calls `f` with this parent as the current one.
    #[cfg(feature = "tracing")]
    pub(crate) fn scope<R>(&self, f: impl FnOnce() -> R) -> R {
        match self {
            Self::None | Self::Current => f(),
            Self::Shared(parent) => parent.context().scope(f),
        }
    }

    /// Attaches a record to its event, or delivers it separately if that is impossible.
    fn attach(&self, tracker: EventTracker) {
        let mut tracker = Some(tracker);
        match self {
            #[cfg(feature = "tracing")]
            Self::None => {}
            Self::Current => {
                current(|parent| tracker.take().map(|tracker| parent.attach(tracker)));
            }
            #[cfg(feature = "tracing")]
            Self::Shared(parent) => {
                parent.with(|parent| tracker.take().map(|tracker| parent.attach(tracker)));
            }
        }
    }
}

/// An open record. Its drop delivers the event.
#[derive(Debug)]
pub(crate) struct Record {
    tracker: EventTracker,
    attach_to: Option<Parent>,
    /// Whether it is a line of sqlx.
    #[cfg(any(feature = "log", feature = "slog"))]
    is_sqlx: bool,
    _recording: Recording,
}

impl Record {
    /// Returns whether records of this level and target are recorded here.
    #[cfg(feature = "log")]
    pub(crate) fn is_enabled(setup: &Setup, level: Level, target: &str) -> bool {
        let monitor = setup.monitor_under(None);
        monitor.is_enabled() && level <= setup.config(monitor).level_of(target)
    }

    /// Returns whether records of this level are recorded here, for some target.
    #[cfg(feature = "slog")]
    pub(crate) fn is_any_enabled(setup: &Setup, level: Level) -> bool {
        let monitor = setup.monitor_under(None);
        monitor.is_enabled() && level <= setup.config(monitor).max_level()
    }

    /// Opens a record as a child of the current tracker, with its origin.
    ///
    /// Returns `None` if nothing is to be recorded: the monitor is disabled, the configuration filters the record, the
    /// request has too many of them, or this thread is recording already.
    #[cfg(any(feature = "log", feature = "slog"))]
    #[inline]
    pub(crate) fn begin(
        setup: &Setup,
        fingerprint: &'static str,
        origin: &Origin<'_>,
    ) -> Option<Self> {
        let monitor = setup.monitor_under(None);
        if !monitor.is_enabled() {
            return None;
        }
        let config = setup.config(monitor);
        if origin.level > config.level_of(origin.target) {
            return None;
        }
        let recording = Recording::begin()?;
        let open = |_: &Parent| setup.tracker(fingerprint);
        let mut record = Self::open(Parent::Current, origin.level, &config, recording, open)?;
        origin.describe(&mut record.tracker);
        record.is_sqlx = origin.target == sqlx::TARGET;
        Some(record)
    }

    /// Opens a record by `open`, if the request has not too many of them. Its caller describes its origin.
    pub(crate) fn open(
        parent: Parent,
        level: Level,
        config: &LogConfig,
        recording: Recording,
        open: impl FnOnce(&Parent) -> EventTracker,
    ) -> Option<Self> {
        let is_error = level == Level::Error;
        if !admit_log(config.max_per_request(), is_error) {
            return None;
        }
        let mut tracker = open(&parent);
        if !tracker.is_recording() {
            return None;
        }
        if is_error {
            tracker.set_outcome(Outcome::Error);
        }
        Some(Self {
            tracker,
            attach_to: config.attach().then_some(parent),
            #[cfg(any(feature = "log", feature = "slog"))]
            is_sqlx: false,
            _recording: recording,
        })
    }

    /// Returns the tracker.
    #[cfg(feature = "tracing")]
    pub(crate) fn tracker(&mut self) -> &mut EventTracker {
        &mut self.tracker
    }

    /// Sets the message, which is formatted once.
    #[cfg(any(feature = "log", feature = "slog"))]
    #[inline]
    pub(crate) fn set_message(&mut self, message: fmt::Arguments<'_>) {
        #[cfg(feature = "log")]
        if self.is_sqlx {
            return format_bounded(message, |text| {
                let text = sqlx::scrub_message(text);
                fields::set_message(&mut self.tracker, format_args!("{text}"));
            });
        }
        fields::set_message(&mut self.tracker, message);
    }

    /// Sets a typed key/value. Text passes the redaction policy; that of the key `error` is recorded as an error.
    #[cfg(any(feature = "log", feature = "slog"))]
    #[inline]
    pub(crate) fn set(&mut self, key: Key<'_>, value: Value<'_>) {
        match value {
            Value::Str(text) if key.name() == fields::ERROR => {
                self.tracker.add_foreign_error(text, None);
            }
            Value::Str(text) if self.is_sqlx && sqlx::is_statement(key.name()) => {
                fields::set(&mut self.tracker, key, Value::sql(text));
            }
            _ => fields::set(&mut self.tracker, key, value),
        }
    }

    /// Sets a value that has only a `Display` or `Debug`, such as `format_args!("{value:?}")`.
    #[cfg(feature = "log")]
    pub(crate) fn set_formatted(&mut self, key: Key<'_>, value: fmt::Arguments<'_>) {
        format_bounded(value, |text| self.set(key, Value::Str(text)));
    }

    /// Records an error with its causes.
    #[cfg(feature = "slog")]
    pub(crate) fn add_error(&mut self, error: &(dyn Error + 'static)) {
        self.tracker.add_foreign_chain(error);
    }

    /// Returns whether a key/value is set.
    #[cfg(feature = "slog")]
    pub(crate) fn has(&self, key: Key<'_>) -> bool {
        match key.is_taken() {
            true => self.tracker.get(&format!("user:{}", key.name())),
            false => self.tracker.get(key.name()),
        }
        .is_some()
    }
}

impl Drop for Record {
    #[inline]
    fn drop(&mut self) {
        if let Some(parent) = &self.attach_to {
            parent.attach(std::mem::take(&mut self.tracker));
        }
    }
}
