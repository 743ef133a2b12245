//! The event of a request until it ends.
//!
//! The tracker moves with the exchange from the service into the response future and on into the body. Its outcome is
//! `cancelled` from the start; the event ends once, by [`finish`](Exchange::finish).

use std::fmt::Display;
use std::sync::Arc;

use gomon_core::adapter::{TrackerExt, keys};
use gomon_core::{EventTracker, Outcome, Value};

use super::RequestSize;
use crate::HttpConfig;
use crate::ending::{Ending, set_aborted, upgrade};
use crate::headers::{Headers, set_headers, text};
use crate::unquoted::Unquoted;

#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) tracker: EventTracker,
    pub(super) config: Arc<HttpConfig>,
    pub(super) request_size: RequestSize,
    /// Decides with the status whether a response has a body or upgrades the connection.
    pub(super) method: &'static str,
    pub(super) is_websocket: bool,
    /// The status is a server error.
    is_failed: bool,
    /// All errors so far were answered by the handler.
    is_answered: bool,
}

impl Exchange {
    pub(super) fn new(tracker: EventTracker, config: Arc<HttpConfig>) -> Self {
        Self {
            tracker,
            config,
            request_size: RequestSize::unknown(),
            method: "GET",
            is_websocket: false,
            is_failed: false,
            is_answered: false,
        }
    }

    /// Records the head of the response.
    pub(super) fn head(&mut self, status: u16, headers: &impl Headers) {
        if !self.tracker.is_recording() {
            return;
        }
        self.status(status);
        let shown = self.config.response_patterns();
        set_headers(&mut self.tracker, keys::RESPONSE_HEADERS, headers, shown);
    }

    /// Records the status of the response.
    pub(super) fn status(&mut self, status: u16) {
        self.is_failed = status >= 500;
        // The poll that returned the status has just ended.
        let polled = self.tracker.elapsed_when_polled();
        let first_byte = if polled.is_zero() {
            self.tracker.elapsed()
        } else {
            polled
        };
        self.tracker.set(keys::RESPONSE_CODE, status);
        self.tracker.set(keys::FIRST_BYTE, first_byte);
    }

    /// Returns the protocol that the connection is upgraded to by this response.
    pub(super) fn upgrade<'h>(&self, status: u16, headers: &'h impl Headers) -> Option<&'h str> {
        upgrade(self.method, status, self.is_websocket, || {
            headers.values("upgrade").next().and_then(text)
        })
    }

    /// Records an error of the service or of the body.
    pub(super) fn error<E: Display>(&mut self, error: &E) {
        self.tracker.set_outcome(Outcome::Error);
        self.tracker
            .add_foreign_error(error, Some(std::any::type_name::<E>()));
    }

    /// Records an error that the handler answered; whether the request failed depends on the status alone.
    ///
    /// Errors of extractors quote the request, so quoted text is redacted.
    pub(super) fn answered_error<E: Display + ?Sized>(&mut self, error: &E, kind: Option<&str>) {
        let tracker = &mut self.tracker;
        if tracker.outcome() == Outcome::Cancelled {
            tracker.complete();
            self.is_answered |= tracker.outcome() == Outcome::Ok;
            tracker.set_outcome(Outcome::Cancelled);
        }
        tracker.add_foreign_error(&Unquoted(error), kind);
    }

    /// Ends the event. `sent` is the size of the response's body, `sample` its beginning.
    pub(super) fn finish(&mut self, ending: Ending, sent: Option<u64>, sample: Option<&[u8]>) {
        let tracker = &mut self.tracker;
        if !tracker.is_recording() {
            return;
        }
        let is_open = tracker.outcome() == Outcome::Cancelled;
        match ending {
            Ending::Complete => {
                // Complete even if a panic causes the drop.
                tracker.complete();
                if is_open && self.is_failed {
                    tracker.set_outcome(Outcome::Error);
                } else if is_open && self.request_size.is_broken() {
                    tracker.set_outcome(Outcome::Error);
                    tracker.add_foreign_error("the request's body is incomplete", None);
                } else if is_open && self.is_answered {
                    tracker.set_outcome(Outcome::Ok);
                }
            }
            Ending::Aborted(phase) => set_aborted(tracker, phase.as_str()),
        }
        if let Some(sample) = sample {
            tracker.set(keys::RESPONSE_BODY, Value::long_bytes(sample));
        }
        if let Some(bytes) = self.request_size.bytes() {
            tracker.set(keys::REQUEST_SIZE, bytes);
        }
        if let Some(sent) = sent {
            tracker.set(keys::RESPONSE_SIZE, sent);
        }
    }
}
