//! Which statements cost the most, and who runs them: a profile of the statements of a process.

mod counts;
mod display;
mod entry;
mod event;
mod folded;
mod histogram;
mod report;
mod statement_profile;
mod store;
mod stores;

use std::sync::Arc;

use gomon_core::Monitor;

use crate::{SqlConfig, Statement};

pub(crate) use entry::{Ending, Run};
pub use report::SqlProfile;
pub use statement_profile::{SqlCaller, StatementProfile};

/// Takes note of a run.
pub(crate) fn add(monitor: Monitor, config: &SqlConfig, statement: &Arc<Statement>, run: &Run) {
    if !config.profile() {
        return;
    }
    let is_news = stores::with_store(monitor, |store| {
        store.add(statement, run);
        store.set_interval(config.profile_interval())
    });
    if is_news == Some(true) {
        stores::wake_teller();
    }
}
