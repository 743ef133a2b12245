//! Access to the counts of a monitor for one run of a statement.

use std::sync::Arc;
use std::time::Duration;

use gomon_core::Monitor;

use super::entry::Run;
use super::known_interval::KnownInterval;
use super::report::SqlProfile;
use crate::state::{State, with_state};
use crate::{SqlConfig, Statement};

/// Counts a run of a statement that begins now, by the configuration of that moment.
///
/// The interval of the profile is that of the first database of the monitor, until the configuration of one changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    monitor: Monitor,
    /// In seconds; zero for never.
    interval: u32,
    is_changed: bool,
}

impl Account {
    /// Returns `None` if no profile is kept.
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

    /// Counts the run.
    pub(crate) fn add(&self, statement: &Arc<Statement>, run: &Run) {
        with_state(self.monitor, |state| {
            state.profile.add(statement, run);
            if (self.is_changed || state.profile.has_no_interval())
                && state.profile.set_interval(self.interval.into())
            {
                self.report_periodically(state);
            }
        });
    }

    #[cold]
    fn report_periodically(&self, state: &Arc<State>) {
        let monitor = self.monitor;
        // The state owns the callback.
        let state_of_callback = Arc::downgrade(state);
        state.profile.set_report(|seconds| {
            let report = move || {
                if let Some(state) = state_of_callback.upgrade() {
                    let period = state.profile.end_interval();
                    SqlProfile::of_period(period, &state.names).record(monitor);
                }
            };
            // Without a thread, the profile is available on demand only.
            monitor.every(Duration::from_secs(seconds), report).ok()
        });
    }
}
