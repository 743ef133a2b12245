//! Numbers of the log records of an event.

use crate::record::keys;
use crate::tracker::body::Body;

/// Numbers of log records.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Logs {
    recorded: u32,
    errors: u32,
    omitted: u32,
}

impl Body {
    /// Counts a log record; returns false if there are `max` already. Zero means no limit. Errors have a reserve beyond
    /// it, of a tenth.
    pub(crate) fn admit_log(&mut self, max: u32, is_error: bool) -> bool {
        let logs = &mut self.cold().logs;
        let reserve = if is_error { max.div_ceil(10) } else { 0 };
        let is_admitted = max == 0 || logs.recorded < max.saturating_add(reserve);
        let count = match is_admitted {
            true => &mut logs.recorded,
            false => &mut logs.omitted,
        };
        *count = count.saturating_add(1);
        logs.errors = logs.errors.saturating_add(is_error.into());
        is_admitted
    }

    /// Sets the fields.
    #[cold]
    #[inline(never)]
    pub(super) fn set_logs(&mut self) {
        let Some(Logs {
            recorded,
            errors,
            omitted,
        }) = self.cold.as_ref().map(|cold| cold.logs)
        else {
            return;
        };
        let fields = [
            (keys::LOGS, recorded),
            (keys::LOG_ERRORS, errors),
            (keys::LOGS_OMITTED, omitted),
        ];
        for (key, count) in fields.into_iter().filter(|(_, count)| *count > 0) {
            self.set(key, count.into());
        }
    }
}
