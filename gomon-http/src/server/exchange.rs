//! A request and its response while they last.
//!
//! The exchange owns the request's tracker, which moves with it from the service into the future and on into the body.
//! The tracker is cancelled from the start; [`finish`](Exchange::finish), or the drop of the exchange, is its one end.

use std::fmt::Display;
use std::sync::Arc;
use std::task::Poll;

use gomon_core::{EventTracker, Outcome, TraceId, Tracker, Value, keys};

use crate::HttpConfig;
use crate::ending::{Ending, upgrade};
use crate::headers::text;
use crate::headers::{Allowed, Headers};
use crate::server::RequestSize;
use crate::server::noted::noted;
use crate::unquoted::Unquoted;

#[derive(Debug)]
pub(crate) struct Exchange {
    tracker: EventTracker,
    config: Arc<HttpConfig>,
    request_size: RequestSize,
    method: &'static str,
    websocket: bool,
    /// The status says that the server failed.
    failed: bool,
    /// The only errors are those that the handler answered with.
    answered: bool,
}

impl Exchange {
    pub(crate) fn new(tracker: EventTracker, config: Arc<HttpConfig>) -> Self {
        Self {
            tracker,
            config,
            request_size: RequestSize::unknown(),
            method: "GET",
            websocket: false,
            failed: false,
            answered: false,
        }
    }

    /// Sets what decides whether a response has a body or upgrades the connection; else it is `GET`.
    pub(crate) fn set_protocol(&mut self, method: &'static str, websocket: bool) {
        self.method = method;
        self.websocket = websocket;
    }

    pub(crate) fn request_size(&mut self) -> &mut RequestSize {
        &mut self.request_size
    }

    pub(crate) fn config(&self) -> &HttpConfig {
        &self.config
    }

    pub(crate) fn method(&self) -> &'static str {
        self.method
    }

    pub(crate) fn tracker(&mut self) -> &mut EventTracker {
        &mut self.tracker
    }

    pub(crate) fn set_route(&mut self, route: &str) {
        self.tracker.set(keys::ROUTE, route);
    }

    /// Runs `f` in the scope of the tracker. A panic, which the scope notes as the outcome, is recorded and goes on as it
    /// was.
    pub(crate) fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        noted(&mut self.tracker, |tracker| tracker.scope(f))
    }

    /// As [`run`](Self::run), for a poll, which is measured.
    pub(crate) fn poll<T>(&mut self, f: impl FnOnce() -> Poll<T>) -> Poll<T> {
        noted(&mut self.tracker, |tracker| tracker.poll_in(f))
    }

    /// The head of the response is there.
    pub(crate) fn head(&mut self, status: u16, headers: &impl Headers) {
        if !self.tracker.is_recording() {
            return;
        }
        self.status(status);
        if !self.config.response_headers().is_empty() {
            let allowed = Allowed {
                source: headers,
                names: self.config.response_patterns(),
            };
            self.tracker
                .set(keys::RESPONSE_HEADERS, Value::headers(&allowed));
        }
    }

    /// The status of the response is known.
    pub(crate) fn status(&mut self, status: u16) {
        self.failed = status >= 500;
        // The poll that gave it has just ended.
        let polled = self.tracker.lapsed_when_polled();
        let first_byte = if polled.is_zero() {
            self.tracker.lapsed()
        } else {
            polled
        };
        self.tracker.set(keys::RESPONSE_CODE, status);
        self.tracker.set(keys::FIRST_BYTE, first_byte);
    }

    /// The protocol that the connection goes over to with this response.
    pub(crate) fn upgrade<'h>(&self, status: u16, headers: &'h impl Headers) -> Option<&'h str> {
        upgrade(self.method, status, self.websocket, || {
            headers.values("upgrade").next().and_then(text)
        })
    }

    /// The connection goes over to `protocol`, which ends the request.
    pub(crate) fn upgraded(mut self, protocol: &str) {
        self.tracker.set(keys::UPGRADE, protocol);
        self.finish(Ending::Complete, Some(0), None);
    }

    /// The service or the body failed.
    pub(crate) fn error<E: Display>(&mut self, error: &E) {
        self.tracker.set_outcome(Outcome::Error);
        self.tracker
            .add_foreign_error(error, Some(std::any::type_name::<E>()));
    }

    /// The handler answered with an error: the status says whether the request failed, as it does without one.
    /// Errors of what reads a request quote the request.
    pub(crate) fn answered_error<E: Display + ?Sized>(&mut self, error: &E, kind: Option<&str>) {
        let tracker = &mut self.tracker;
        if tracker.outcome() == Outcome::Cancelled {
            tracker.complete();
            self.answered |= tracker.outcome() == Outcome::Ok;
            tracker.set_outcome(Outcome::Cancelled);
        }
        tracker.add_foreign_error(&Unquoted(error), kind);
    }

    /// The trace id, for a response header.
    pub(crate) fn trace_id(&self) -> TraceId {
        self.tracker.trace()
    }

    /// Ends the event; `sent` are the bytes of the response's body, where they are known.
    pub(crate) fn finish(mut self, ending: Ending, sent: Option<u64>, sample: Option<&[u8]>) {
        let tracker = &mut self.tracker;
        if !tracker.is_recording() {
            return;
        }
        let is_open = tracker.outcome() == Outcome::Cancelled;
        match ending {
            Ending::Complete => {
                // What is complete stays so, also where its drop is a panic's doing.
                tracker.complete();
                if is_open && self.failed {
                    tracker.set_outcome(Outcome::Error);
                } else if is_open && self.request_size.is_broken() {
                    tracker.set_outcome(Outcome::Error);
                    tracker.add_foreign_error("the request's body broke off", None);
                } else if is_open && self.answered {
                    tracker.set_outcome(Outcome::Ok);
                }
            }
            // A panic that unwinds the request is its end; the client did not abort it.
            Ending::Aborted(phase) if is_open && !tracker.is_unwound() => {
                tracker.set(keys::ABORTED, phase.as_str());
            }
            Ending::Aborted(_) => {}
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
