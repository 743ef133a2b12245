//! Installation of a subscriber where the process has none.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use gomon_core::HookReport;
use tracing_core::dispatcher::{Dispatch, set_global_default};
use tracing_log::log;
use tracing_subscriber::layer::SubscriberExt as _;

use super::layer::layer;

const PLACE: &str = "subscriber of `tracing`";

static IS_HOOKED: AtomicBool = AtomicBool::new(false);

/// Sets the subscriber of the process.
///
/// Without a subscriber, `tracing` may log through `log`. A program with a logger would lose these lines.
pub(crate) fn hook(report: &mut HookReport) {
    if IS_HOOKED.load(Relaxed) {
        return report.hooked(PLACE);
    }
    if log::max_level() != log::LevelFilter::Off {
        return report.taken(
            PLACE,
            "the program logs through `log`, which gets the lines of `tracing` too; set one with `gomon_log::layer()`",
        );
    }
    let subscriber = tracing_subscriber::registry().with(layer());
    match set_global_default(Dispatch::new(subscriber)) {
        Ok(()) => {
            IS_HOOKED.store(true, Relaxed);
            report.hooked(PLACE);
        }
        Err(_) => report.taken(PLACE, "the program has one; add `gomon_log::layer()` to it"),
    }
}
