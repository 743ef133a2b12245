//! The event of a request while it is open, on the side of the server or of the client.

use std::fmt::Display;
use std::mem;
use std::sync::Arc;

use gomon_core::adapter::{TrackerExt, keys};
use gomon_core::{EventTracker, Outcome, Value};

use crate::HttpConfig;
use crate::client::call::{Dials, attach};
use crate::client::failure::{self, At};
use crate::client::phase::open_phase;
use crate::ending::{Ending, Phase, set_aborted, upgrade};
use crate::headers::{Headers, set_headers, text};
use crate::request_size::RequestSize;
use crate::unquoted::Unquoted;

/// A request whose event is open.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) tracker: EventTracker,
    pub(crate) config: Arc<HttpConfig>,
    pub(crate) request_size: RequestSize,
    /// Decides with the status whether a response has a body or upgrades the connection.
    pub(crate) method: &'static str,
    pub(crate) is_websocket: bool,
    /// The request comes from this process, whose code may need the status alone.
    pub(crate) is_inner: bool,
    pub(crate) side: Side,
    /// The status says that the request failed.
    is_failed: bool,
    /// All errors so far were answered by the handler.
    is_answered: bool,
}

/// The side of a request that is recorded.
#[derive(Debug)]
pub(crate) enum Side {
    Server,
    Client(Dials),
}

impl Exchange {
    pub(crate) const fn new(
        tracker: EventTracker,
        config: Arc<HttpConfig>,
        method: &'static str,
        side: Side,
    ) -> Self {
        Self {
            tracker,
            config,
            request_size: RequestSize::unknown(),
            method,
            is_websocket: false,
            is_inner: false,
            side,
            is_failed: false,
            is_answered: false,
        }
    }

    pub(crate) const fn is_call(&self) -> bool {
        matches!(self.side, Side::Client(_))
    }

    /// Records the head of the response.
    pub(crate) fn head(&mut self, status: u16, headers: &impl Headers) {
        if !self.tracker.is_recording() {
            return;
        }
        self.status(status);
        let shown = &self.config.response_headers;
        set_headers(&mut self.tracker, keys::RESPONSE_HEADERS, headers, shown);
    }

    /// Records the status of the response.
    pub(crate) fn status(&mut self, status: u16) {
        self.is_failed = status >= if self.is_call() { 400 } else { 500 };
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
    pub(crate) fn upgrade<'h>(&self, status: u16, headers: &'h impl Headers) -> Option<&'h str> {
        upgrade(self.method, status, self.is_websocket, || {
            headers.values("upgrade").next().and_then(text)
        })
    }

    /// Records an error of the service, the client or the body.
    pub(crate) fn error<E: Display + 'static>(&mut self, error: &E, at: At) {
        if self.is_call() {
            return failure::fail(&mut self.tracker, error, at);
        }
        self.tracker.set_outcome(Outcome::Error);
        self.tracker
            .add_foreign_error(&Unquoted(error), Some(std::any::type_name::<E>()));
    }

    /// Records an error that the handler answered; whether the request failed depends on the status alone.
    ///
    /// Errors of extractors quote the request, so quoted text is redacted.
    pub(crate) fn answered_error<E: Display + ?Sized>(&mut self, error: &E, kind: Option<&str>) {
        let tracker = &mut self.tracker;
        if tracker.outcome() == Outcome::Cancelled {
            tracker.complete();
            self.is_answered |= tracker.outcome() == Outcome::Ok;
            tracker.set_outcome(Outcome::Cancelled);
        }
        tracker.add_foreign_error(&Unquoted(error), kind);
    }

    /// Completes the event. It ends when this is dropped.
    pub(crate) fn finish(&mut self, ending: Ending, sent: Option<u64>, sample: Option<&[u8]>) {
        if !self.tracker.is_recording() {
            return;
        }
        let is_open = self.tracker.outcome() == Outcome::Cancelled;
        if is_open && ending == Ending::Complete && self.request_size.is_broken() {
            // Middleware in front of hyper's own body cannot notice this, so it does not decide the outcome.
            self.answered_error("the body of the request is incomplete", None);
        }
        let is_call = self.is_call();
        let may_skip_body = is_call || self.is_inner;
        let tracker = &mut self.tracker;
        let is_complete = match ending {
            // Even if a panic causes the drop.
            Ending::Complete => true,
            Ending::Aborted(phase) => {
                set_aborted(tracker, self.side.name_of(phase, tracker));
                // The request was answered, and its caller did not need the body.
                may_skip_body && phase == Phase::Head && !tracker.is_unwound()
            }
        };
        if is_complete {
            tracker.complete();
        }
        match self.side {
            _ if !is_open => {}
            Side::Client(_) if self.is_failed => tracker.set_outcome(Outcome::Error),
            Side::Server if is_complete => {
                if self.is_failed {
                    tracker.set_outcome(Outcome::Error);
                } else if self.is_answered {
                    tracker.set_outcome(Outcome::Ok);
                }
            }
            Side::Client(_) | Side::Server => {}
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
        if is_call && self.config.attached_calls() {
            attach(mem::take(&mut self.tracker));
        }
    }
}

impl Side {
    /// Returns the name of the phase that an aborted request had reached.
    fn name_of(&self, phase: Phase, tracker: &EventTracker) -> &'static str {
        match (phase, self) {
            (Phase::Body, _) => "body",
            (Phase::Head, Self::Server) => "head",
            // The client's caller did not poll the body.
            (Phase::Head, Self::Client(_)) => "abandoned",
            (Phase::Handler, Self::Server) => "handler",
            (Phase::Handler, Self::Client(_)) if open_phase(tracker).is_some() => "connect",
            (Phase::Handler, Self::Client(_)) => "request",
        }
    }
}
