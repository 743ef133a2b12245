//! Drain of slog.

use std::fmt;
use std::sync::Arc;

use gomon_core::Key;
use slog::{BorrowedKV, Drain, FlushError, OwnedKV, OwnedKVList, RecordStatic};

use super::tee::{ListTee, Slot, Tee};
use crate::Level;
use crate::config::Setup;
use crate::guard::Forwarding;
use crate::record::{Origin, Record};
use crate::setup::setup_methods;

const TAG: Key<'static> = Key::new("tag");

/// Records what is logged, and passes it on to the program's own drain.
///
/// Each record is a child of the current event, else a root of the global monitor. It stands outside of `slog_async`, as
/// the current event is known only on the thread that logs.
///
/// # Examples
///
/// ```
/// use gomon_log::MonitoredDrain;
/// use slog::{Discard, Logger, info, o};
///
/// // `Discard` is the program's own drain.
/// let logger = Logger::root(MonitoredDrain::new(Discard), o!("service" => "shop"));
/// info!(logger, "cart of {}", "me"; "items" => 3);
/// ```
pub struct MonitoredDrain<D> {
    inner: D,
    setup: Setup,
}

impl<D: Drain> MonitoredDrain<D> {
    /// Wraps the program's own drain.
    #[must_use]
    pub fn new(inner: D) -> Self {
        Self {
            inner,
            setup: Setup::new(),
        }
    }

    setup_methods!();

    fn begin(&self, record: &slog::Record<'_>) -> Option<Record> {
        let origin = Origin {
            level: level_of(record.level()),
            target: record.module(),
            module: None,
            file: Some(record.file()),
            line: Some(record.line()),
        };
        let mut ours = Record::begin(&self.setup, "slog-record", &origin)?;
        ours.set_message(*record.msg());
        if !record.tag().is_empty() {
            ours.set(TAG, record.tag().into());
        }
        Some(ours)
    }
}

impl<D: Drain> Drain for MonitoredDrain<D> {
    type Ok = D::Ok;
    type Err = D::Err;

    fn log(&self, record: &slog::Record<'_>, values: &OwnedKVList) -> Result<D::Ok, D::Err> {
        let Some(ours) = self.begin(record) else {
            let _forwarding = Forwarding::begin();
            return self.inner.log(record, values);
        };
        let slot = Slot::open(ours);
        let fields = Tee::new(record.kv(), &slot);
        let origin = RecordStatic {
            location: record.location(),
            tag: record.tag(),
            level: record.level(),
        };
        let teed = slog::Record::new(&origin, record.msg(), BorrowedKV(&fields));
        let list = ListTee::new(values.clone(), Arc::clone(slot.shared()));
        let result = {
            let _forwarding = Forwarding::begin();
            self.inner.log(&teed, &OwnedKVList::from(OwnedKV(list)))
        };
        slot.complete(record, values);
        result
    }

    fn is_enabled(&self, level: slog::Level) -> bool {
        self.inner.is_enabled(level) || Record::is_any_enabled(&self.setup, level_of(level))
    }

    fn flush(&self) -> Result<(), FlushError> {
        self.inner.flush()
    }
}

impl<D> fmt::Debug for MonitoredDrain<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoredDrain")
            .field("setup", &self.setup)
            .finish_non_exhaustive()
    }
}

/// Converts a level of slog.
const fn level_of(level: slog::Level) -> Level {
    match level {
        slog::Level::Critical | slog::Level::Error => Level::Error,
        slog::Level::Warning => Level::Warn,
        slog::Level::Info => Level::Info,
        slog::Level::Debug => Level::Debug,
        slog::Level::Trace => Level::Trace,
    }
}
