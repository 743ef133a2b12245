//! Which statements cost the most, and who runs them: a profile of the statements of a process.

mod counts;
mod display;
mod entry;
mod event;
mod folded;
mod histogram;
mod known_interval;
mod report;
mod statement_profile;
mod store;
mod stores;

use std::sync::Arc;

use gomon_core::Monitor;

use crate::{SqlConfig, Statement};

pub(crate) use entry::{Ending, Run};
pub(crate) use known_interval::KnownInterval;
pub use report::SqlProfile;
pub use statement_profile::{SqlCaller, StatementProfile};

/// Takes note of a run. The interval is that of the first database of the monitor, until the configuration of one changes.
pub(crate) fn add(
    monitor: Monitor,
    config: &SqlConfig,
    known: &KnownInterval,
    statement: &Arc<Statement>,
    run: &Run,
) {
    if !config.profile() {
        return;
    }
    let is_news = stores::with_store(monitor, |store| {
        store.add(statement, run);
        let interval = config.profile_interval();
        // Asked of both: whoever makes the store knows its own interval, too.
        (known.changes(interval) | store.has_no_interval()) && store.set_interval(interval)
    });
    if is_news == Some(true) {
        stores::wake_teller();
    }
}
