//! Where the runs of statements are counted.

use std::sync::Arc;
use std::time::Duration;

use gomon_core::Monitor;

use super::entry::Run;
use super::known_interval::KnownInterval;
use super::stores;
use crate::{SqlConfig, Statement};

/// Where a run is counted that begins now; what its configuration says of that is asked once.
///
/// The interval is that of the first database of the monitor, until the configuration of one changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    monitor: Monitor,
    /// In seconds; zero for never.
    interval: u32,
    is_changed: bool,
}

impl Account {
    /// `None` where no profile is kept.
    #[inline]
    pub(crate) fn open(
        monitor: Monitor,
        config: &SqlConfig,
        known: &KnownInterval,
    ) -> Option<Self> {
        let interval = config.profile_interval();
        let seconds = interval.map_or(0, |interval| interval.as_secs());
        config.profile().then(|| Self {
            monitor,
            interval: u32::try_from(seconds).unwrap_or(u32::MAX),
            is_changed: known.changes(interval),
        })
    }

    /// Takes note of a run.
    pub(crate) fn add(&self, statement: &Arc<Statement>, run: &Run) {
        let is_news = stores::with_store(self.monitor, |store| {
            store.add(statement, run);
            (self.is_changed || store.has_no_interval()) && store.set_interval(self.interval())
        });
        if is_news == Some(true) {
            stores::wake_teller();
        }
    }

    fn interval(&self) -> Option<Duration> {
        let seconds = u64::from(self.interval);
        (seconds > 0).then(|| Duration::from_secs(seconds))
    }
}
