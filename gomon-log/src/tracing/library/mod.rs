//! Known libraries, whose own spans and events describe events of the model.

mod sqlx;

use tracing_core::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::Level;
use crate::config::Setup;

/// Value of `source` in events that libraries report.
const SOURCE: &str = "tracing";
/// Maximum verbosity of the reports.
pub(super) const MAX_LEVEL: Level = Level::Debug;

/// Returns whether a span or an event is a report.
#[inline]
pub(super) fn is_known(metadata: &Metadata<'_>) -> bool {
    sqlx::is_known(metadata)
}

/// Recorder of the reports.
#[derive(Debug)]
pub(super) struct Libraries {
    sqlx: sqlx::Sqlx,
}

impl Libraries {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            sqlx: sqlx::Sqlx::new(setup.pinned()),
        }
    }

    /// Records an event as the report that it is. Returns false if it is an event like any other.
    #[inline]
    pub(super) fn record<S>(&self, event: &Event<'_>, context: &Context<'_, S>) -> bool
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if !sqlx::is_known(event.metadata()) {
            return false;
        }
        self.sqlx.record(event, context);
        true
    }
}
