//! Whether the reports of libraries can arrive.
//!
//! A filter of the whole subscriber, or a maximum level at compile time, hides them from this layer. This is checked on a
//! thread of the monitor: a check on a thread of the program would disturb the state of per-layer filters there.

use std::sync::OnceLock;
use std::time::Duration;

use gomon_core::adapter::MonitorExt;
use gomon_core::{Every, Monitor};
use tracing::level_filters::STATIC_MAX_LEVEL;
use tracing_core::callsite::DefaultCallsite;
use tracing_core::dispatcher::{Dispatch, WeakDispatch};
use tracing_core::metadata::Kind;
use tracing_core::{Level, Metadata};

use super::sqlx;

/// Interval of the check.
const INTERVAL: Duration = Duration::from_secs(10);
const TOPIC: &str = "gomon-log";

static CALLSITE: DefaultCallsite = DefaultCallsite::new(&STATEMENT);
/// An event like that of a statement.
static STATEMENT: Metadata<'static> = tracing_core::metadata! {
    name: "statement",
    target: sqlx::TARGET,
    level: Level::DEBUG,
    fields: &[],
    callsite: &CALLSITE,
    kind: Kind::EVENT,
};

/// The subscriber of a layer, which is checked at an interval.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    subscriber: OnceLock<WeakDispatch>,
    check: OnceLock<Option<Every>>,
}

impl Reach {
    /// Sets the subscriber that the layer is part of.
    pub(crate) fn set_subscriber(&self, subscriber: &Dispatch) {
        let _ = self.subscriber.set(subscriber.downgrade());
    }

    /// Begins the checks, for the first monitor that the layer records in.
    #[inline]
    pub(crate) fn check_for(&self, monitor: Monitor) {
        if self.check.get().is_none() {
            self.check.get_or_init(|| {
                let subscriber = self.subscriber.get()?.clone();
                let check = move || monitor.set_notice(TOPIC, notice(&subscriber));
                monitor.every(INTERVAL, check).ok()
            });
        }
    }
}

/// Describes why no statement can arrive.
fn notice(subscriber: &WeakDispatch) -> Option<String> {
    let why = if STATIC_MAX_LEVEL < Level::DEBUG {
        "the maximum level at compile time"
    } else if !subscriber.upgrade()?.enabled(&STATEMENT) {
        "a filter of the whole subscriber"
    } else {
        return None;
    };
    let target = sqlx::TARGET;
    Some(format!(
        "{why} hides `{target}`, so that statements of sqlx are not recorded through tracing"
    ))
}
