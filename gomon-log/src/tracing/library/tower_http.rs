//! Requests of the `TraceLayer` of tower-http 0.6 and 0.7, with its default spans and events.
//!
//! The span becomes the event of the request if nothing is current. Else a crate of GoMon records the request, or the
//! program has an event for it, and the span is a span like any other.

use std::fmt::Debug;

use gomon_core::adapter::{SharedTracker, TrackerExt, UrlParts, format_bounded, keys};
use gomon_core::{EventTracker, Outcome, TrackerContext, Value};
use tracing_core::field::{Field, Visit};
use tracing_core::span::Attributes;
use tracing_core::{Event, Metadata};

use super::SOURCE;

const SPAN: &str = "tower_http::trace::make_span";
const RESPONSE: &str = "tower_http::trace::on_response";
const FAILURE: &str = "tower_http::trace::on_failure";
pub(super) const FINGERPRINT: &str = "http-service";

/// Returns whether it is the span of a request, or an event of its end.
#[inline]
pub(super) fn is_known(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    // The common prefix is compared first, as this is called for each record.
    target.starts_with("tower_http::trace::") && matches!(target, SPAN | RESPONSE | FAILURE)
}

/// Returns whether it is the span of a request that nothing else records.
pub(super) fn is_unrecorded(metadata: &Metadata<'_>) -> bool {
    metadata.target() == SPAN && TrackerContext::current().is_none()
}

/// Records the end of a request in the event of its span. Returns false if that is not the event of a request.
pub(super) fn record(event: &Event<'_>, span: impl FnOnce() -> Option<SharedTracker>) -> bool {
    if event.metadata().target() == SPAN {
        return false;
    }
    let Some(request) = span() else {
        return false;
    };
    // Read first, as foreign code does not run under the lock.
    let end = End::read(event);
    let applied = request.with(|tracker| {
        let is_request = tracker.fingerprint() == FINGERPRINT;
        if is_request {
            end.apply(tracker);
        }
        is_request
    });
    applied == Some(true)
}

/// Sets the fields of the request. Its outcome is unknown until its end is reported.
pub(super) fn describe(attributes: &Attributes<'_>, tracker: &mut EventTracker) {
    let mut request = Fields::default();
    attributes.record(&mut request);
    tracker.set(keys::SOURCE, SOURCE);
    tracker.set(keys::DIRECTION, "incoming");
    tracker.set(keys::METHOD, &request.method);
    tracker.set(keys::PROTO, &request.version);
    tracker.set(keys::URL, Value::url(UrlParts::parse(&request.uri)));
    tracker.set_outcome(Outcome::Unknown);
}

/// The end of a request, as an event reports it.
#[derive(Debug)]
struct End {
    status: Option<i64>,
    failure: Option<String>,
}

impl End {
    /// Reads an event.
    fn read(event: &Event<'_>) -> Self {
        let mut end = Fields::default();
        event.record(&mut end);
        let is_failure = event.metadata().target() == FAILURE;
        Self {
            status: end.status,
            failure: is_failure.then_some(end.classification),
        }
    }

    /// Sets it in the event of the request: a failure, or a status from 500 on, is an error.
    fn apply(&self, tracker: &mut EventTracker) {
        // Smaller ones are those of gRPC.
        if let Some(status) = self.status.filter(|status| *status >= 100) {
            tracker.set(keys::RESPONSE_CODE, status);
            if tracker.outcome() == Outcome::Unknown {
                tracker.set_outcome(match status {
                    500.. => Outcome::Error,
                    _ => Outcome::Ok,
                });
            }
        }
        if let Some(failure) = &self.failure {
            tracker.add_foreign_error(failure, None);
            tracker.set_outcome(Outcome::Error);
        }
    }
}

#[derive(Debug, Default)]
struct Fields {
    method: String,
    uri: String,
    version: String,
    classification: String,
    status: Option<i64>,
}

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        if field.name() == "status" {
            self.status = Some(value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let field = match field.name() {
            "method" => &mut self.method,
            "uri" => &mut self.uri,
            "version" => &mut self.version,
            "classification" => &mut self.classification,
            _ => return,
        };
        format_bounded(format_args!("{value:?}"), |text| text.clone_into(field));
    }
}
