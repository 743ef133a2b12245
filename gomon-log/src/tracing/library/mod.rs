//! Known libraries, whose own spans and events describe events of the model.

mod reach;
mod sqlx;
mod tower_http;

use gomon_core::EventTracker;
use gomon_core::adapter::SharedTracker;
use tracing_core::span::Attributes;
use tracing_core::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

pub(super) use reach::Reach;
pub(super) use sqlx::receive_mark;

use super::filter::level_of;
use crate::config::Setup;
use crate::record::Parent;
use crate::{Level, LogConfig};

/// Value of `source` in events that libraries report.
const SOURCE: &str = "tracing";
/// Maximum verbosity of the reports.
pub(super) const MAX_LEVEL: Level = Level::Debug;

/// Returns whether a span or an event is a report.
#[inline]
pub(super) fn is_known(metadata: &Metadata<'_>) -> bool {
    sqlx::is_known(metadata) || tower_http::is_known(metadata)
}

/// How a span of a library is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    /// As a span like any other.
    Plain,
    /// As a request.
    Request,
    /// Not at all.
    Hidden,
}

impl Span {
    /// Returns how to record the span, if libraries are recognized or not.
    #[inline]
    pub(super) fn of(metadata: &Metadata<'_>, are_recognized: bool) -> Self {
        if !is_known(metadata) {
            Self::Plain
        } else if sqlx::is_known(metadata) {
            Self::Hidden
        } else if are_recognized && tower_http::is_unrecorded(metadata) {
            Self::Request
        } else {
            Self::Plain
        }
    }

    pub(super) const fn fingerprint(self) -> &'static str {
        match self {
            Self::Request => tower_http::FINGERPRINT,
            Self::Plain | Self::Hidden => "tracing-span",
        }
    }
}

/// Sets the fields of a request.
pub(super) fn describe_request(attributes: &Attributes<'_>, tracker: &mut EventTracker) {
    tower_http::describe(attributes, tracker);
}

/// Returns whether a report that becomes no typed event is beyond the verbosity of the configuration.
pub(super) fn is_beyond(metadata: &Metadata<'_>, config: &LogConfig) -> bool {
    is_known(metadata) && level_of(metadata.level()) > config.level_of(metadata.target())
}

/// Recorder of the reports.
#[derive(Debug)]
pub(super) struct Libraries {
    sqlx: sqlx::Sqlx,
    /// Whether the reports can arrive.
    pub(super) reach: Reach,
}

impl Libraries {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            sqlx: sqlx::Sqlx::new(setup.pinned()),
            reach: Reach::default(),
        }
    }

    /// Records an event as the report that it is. Returns false if it is an event like any other.
    #[inline]
    pub(super) fn record<S>(
        &self,
        event: &Event<'_>,
        parent: &Parent,
        context: &Context<'_, S>,
        tracker_of: impl FnOnce(&SpanRef<'_, S>) -> Option<SharedTracker>,
    ) -> bool
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let metadata = event.metadata();
        if sqlx::is_known(metadata) {
            parent.scope(|| self.sqlx.record(event, context));
            return true;
        }
        // Its span is the explicit parent in 0.7, the entered span in 0.6.
        let span = || tracker_of(&context.event_span(event)?);
        tower_http::is_known(metadata) && tower_http::record(event, span)
    }
}
