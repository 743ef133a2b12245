//! A record of any facade, as an event.

use std::fmt;

use gomon_core::adapter::keys;
use gomon_core::{EventTracker, Outcome, Value};

use crate::config::Setup;
use crate::fields;
use crate::guard::Recording;
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

/// An open record. Its drop delivers the event.
#[derive(Debug)]
pub(crate) struct Record {
    tracker: EventTracker,
    attach: bool,
    _recording: Recording,
}

impl Record {
    /// Opens a record as a child of the current tracker, with its origin.
    ///
    /// Returns `None` if nothing is to be recorded: the monitor is disabled, the configuration filters the record, the
    /// request has too many of them, or this thread is recording already.
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
        Self::open(setup.tracker(fingerprint), origin, &config, recording)
    }

    /// Describes a tracker that was opened for a record.
    pub(crate) fn open(
        mut tracker: EventTracker,
        origin: &Origin<'_>,
        config: &LogConfig,
        recording: Recording,
    ) -> Option<Self> {
        if !tracker.is_recording() {
            return None;
        }
        origin.describe(&mut tracker);
        if origin.level == Level::Error {
            tracker.set_outcome(Outcome::Error);
        }
        Some(Self {
            tracker,
            attach: config.attach(),
            _recording: recording,
        })
    }

    /// Sets the message, which is formatted once.
    #[inline]
    pub(crate) fn set_message(&mut self, message: fmt::Arguments<'_>) {
        fields::set_message(&mut self.tracker, message);
    }

    /// Sets a typed key/value. Text passes the redaction policy.
    #[inline]
    pub(crate) fn set(&mut self, name: &str, value: Value<'_>) {
        fields::set(&mut self.tracker, name, value);
    }

    /// Sets a value that has only a `Display` or `Debug`, such as `format_args!("{value:?}")`.
    #[inline]
    pub(crate) fn set_formatted(&mut self, name: &str, value: fmt::Arguments<'_>) {
        fields::set_formatted(&mut self.tracker, name, value);
    }
}

impl Drop for Record {
    #[inline]
    fn drop(&mut self) {
        if self.attach {
            let mut tracker = Some(std::mem::take(&mut self.tracker));
            gomon_core::current(|parent| tracker.take().map(|tracker| parent.attach(tracker)));
        }
    }
}
