//! The event of a call until it ends.
//!
//! The tracker moves with the call from the client's service into the response future and on into the body. Its outcome
//! is `cancelled` from the start; the event ends once, by [`end`](Call::end).

use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use gomon_core::adapter::keys;
use gomon_core::{EventTracker, Outcome, Value, current};
use http::HeaderMap;

use super::failure::{At, fail};
use super::phase::{marked, open_phase};
use crate::HttpConfig;
use crate::body::{BodyEvent, Progress, RecordError};
use crate::ending::{BodyEnd, Ending, Phase, set_aborted};
use crate::headers::{HttpHeaders, set_headers};
use crate::inline_text::InlineText;
use crate::panics;
use crate::server::RequestSize;

/// Whether a watched connector was seen below a client. Without one, `reused` is unknown.
#[derive(Clone, Debug, Default)]
pub(super) struct Dials(Arc<AtomicBool>);

/// A call whose event is open.
#[derive(Debug)]
pub struct Call {
    pub(super) tracker: EventTracker,
    pub(super) config: Arc<HttpConfig>,
    dials: Dials,
    pub(super) sent: Sent,
    pub(super) method: &'static str,
    /// The status says that the call failed.
    is_failed: bool,
}

/// How much of the request's body was sent.
#[derive(Debug)]
pub(super) enum Sent {
    /// As counted so far.
    #[cfg_attr(
        not(any(feature = "hyper-util", feature = "reqwest")),
        allow(dead_code, reason = "only clients whose bodies are known count")
    )]
    Counted(RequestSize),
    /// The declared size, once there is a response.
    Declared(Option<u64>),
}

/// The head of a response.
pub(super) struct Head<'r> {
    pub(super) status: u16,
    pub(super) proto: &'static str,
    pub(super) headers: &'r HeaderMap,
    pub(super) peer: Option<SocketAddr>,
}

impl Call {
    pub(super) fn new(
        tracker: EventTracker,
        config: Arc<HttpConfig>,
        dials: Dials,
        method: &'static str,
        sent: Sent,
    ) -> Self {
        Self {
            tracker,
            config,
            dials,
            sent,
            method,
            is_failed: false,
        }
    }

    /// Marks when the client begins to look for a connection.
    pub(super) fn begin(&mut self) {
        if self.tracker.is_recording() {
            let now = self.tracker.elapsed();
            self.tracker.set(keys::GET_CONN, now);
        }
    }

    /// Records the head of the response.
    pub(super) fn head(&mut self, head: &Head<'_>) {
        self.is_failed = head.status >= 400;
        let tracker = &mut self.tracker;
        if !tracker.is_recording() {
            return;
        }
        let first_byte = tracker.elapsed();
        // A connection hands this mark on to the call that it was opened for.
        let is_dialed = marked(tracker, keys::CONN_START).is_some();
        tracker.set(keys::PROTO, head.proto);
        tracker.set(keys::RESPONSE_CODE, head.status);
        let shown = self.config.response_patterns();
        set_headers(
            tracker,
            keys::RESPONSE_HEADERS,
            &HttpHeaders(head.headers),
            shown,
        );
        if let Some(peer) = head.peer.filter(|_| self.config.remote_address()) {
            let peer: InlineText<64> = InlineText::of_address(peer);
            tracker.set(keys::REMOTEADDR, peer.as_str());
        }
        tracker.set(keys::FIRST_BYTE, first_byte);
        if is_dialed {
            self.dials.0.store(true, Relaxed);
        } else if self.dials.0.load(Relaxed) {
            tracker.set(keys::REUSED, true);
        }
    }

    /// Ends the event: the connection was upgraded to `protocol`.
    pub(super) fn upgraded(mut self, protocol: &str) {
        self.tracker.set(keys::UPGRADE, protocol);
        self.finish(&Progress::new(BodyEnd::Empty, None));
    }

    /// Ends the event: the client returned an error in place of a response.
    pub(super) fn failed<E: Display + 'static>(mut self, error: &E) {
        fail(&mut self.tracker, error, At::Head);
        self.set_counted();
        self.end();
    }

    /// Ends the event: the caller no longer waits for a response.
    pub(super) fn abandoned(mut self) {
        let how_far = match open_phase(&self.tracker) {
            Some(_) => "connect",
            None => "request",
        };
        set_aborted(&mut self.tracker, how_far);
        self.set_counted();
        self.end();
    }

    /// Ends the event of a call that was answered.
    fn finish(&mut self, body: &Progress) {
        let tracker = &mut self.tracker;
        let is_open = tracker.outcome() == Outcome::Cancelled;
        match body.ending() {
            Ending::Complete => tracker.complete(),
            Ending::Aborted(Phase::Body) => set_aborted(tracker, "body"),
            // The body was not polled.
            Ending::Aborted(_) => set_aborted(tracker, "abandoned"),
        }
        if is_open && self.is_failed {
            tracker.set_outcome(Outcome::Error);
        }
        if let Some(sample) = body.sample() {
            tracker.set(keys::RESPONSE_BODY, Value::long_bytes(sample));
        }
        if let Sent::Declared(Some(bytes)) = self.sent {
            tracker.set(keys::REQUEST_SIZE, bytes);
        }
        self.set_counted();
        self.tracker.set(keys::RESPONSE_SIZE, body.bytes());
        self.end();
    }

    /// Ends the event. It is delivered inside its parent's if that is configured and the parent's is current.
    fn end(&mut self) {
        let mut tracker = std::mem::take(&mut self.tracker);
        if !self.config.attached_calls() || !tracker.is_recording() {
            return;
        }
        let parent = tracker.parent();
        current(|current| {
            if Some(current.id()) == parent {
                current.attach(std::mem::take(&mut tracker));
            }
        });
    }

    fn set_counted(&mut self) {
        if let Sent::Counted(size) = &self.sent
            && let Some(bytes) = size.bytes()
        {
            self.tracker.set(keys::REQUEST_SIZE, bytes);
        }
    }
}

/// `None` if the call is not watched.
impl BodyEvent for Option<Call> {
    fn is_on(&self) -> bool {
        self.is_some()
    }

    fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        match self {
            Some(call) => panics::scope(&mut call.tracker, f),
            None => f(),
        }
    }

    fn finish(&mut self, body: &Progress) {
        if let Some(mut call) = self.take() {
            call.finish(body);
        }
    }
}

impl<E: Display + 'static> RecordError<E> for Option<Call> {
    fn record_error(&mut self, error: &E) {
        if let Some(call) = self {
            fail(&mut call.tracker, error, At::Body);
        }
    }
}
