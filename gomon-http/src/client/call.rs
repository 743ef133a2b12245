//! A call and its response while they last.
//!
//! The call owns its tracker, which moves with it from the client's service into the future and on into the body. The
//! tracker is cancelled from the start; [`finish`](Call::finish), or the drop of the call, is its one end.

use std::fmt::Display;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::Poll;

use gomon_core::{EventTracker, Outcome, Tracker, Value, current, keys};
use http::HeaderMap;

use super::dial::was_opened_for;
use super::failure::{At, fail};
use super::phase::open_phase;
use crate::HttpConfig;
use crate::ending::{BodyEnd, upgrade};
use crate::headers::{Allowed, HttpHeaders};
use crate::inline_text::InlineText;
use crate::server::RequestSize;
use crate::server::noted::noted;

/// Whether a connector that tells of the connections it opens was seen below a client: without one, nobody knows whether
/// a connection was used before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dials(Arc<AtomicBool>);

#[derive(Debug)]
pub(crate) struct Call {
    tracker: EventTracker,
    config: Arc<HttpConfig>,
    dials: Dials,
    sent: Sent,
    method: &'static str,
    /// A connection was opened for it.
    dialed: bool,
    /// There is a response, which may say that the call failed.
    status: Option<u16>,
}

/// How much of the request's body was sent.
#[derive(Debug)]
pub(crate) enum Sent {
    /// As it is counted.
    #[cfg_attr(
        not(any(feature = "hyper-util", feature = "reqwest")),
        allow(dead_code, reason = "only clients whose bodies are known count")
    )]
    Counted(RequestSize),
    /// All that was declared, once there is a response.
    Declared(Option<u64>),
}

/// The head of a response.
pub(crate) struct Head<'r> {
    pub(crate) status: u16,
    pub(crate) proto: &'static str,
    pub(crate) headers: &'r HeaderMap,
    pub(crate) peer: Option<SocketAddr>,
}

impl Call {
    pub(crate) fn new(
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
            dialed: false,
            status: None,
        }
    }

    pub(crate) fn config(&self) -> &HttpConfig {
        &self.config
    }

    /// Runs `f` in the scope of the call.
    pub(crate) fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        noted(&mut self.tracker, |tracker| tracker.scope(f))
    }

    /// As [`run`](Self::run), for a poll, which is measured.
    pub(crate) fn poll<T>(&mut self, f: impl FnOnce() -> Poll<T>) -> Poll<T> {
        let polled = noted(&mut self.tracker, |tracker| tracker.poll_in(f));
        self.dialed |= was_opened_for(self.tracker.id());
        polled
    }

    /// Drops what is watched in its scope: what its destructor does belongs to the call, and a connection that it was
    /// opening tells how far it was.
    pub(crate) fn drop_inside<T>(&mut self, mut inner: Pin<&mut Option<T>>) {
        if inner.is_some() {
            self.run(|| inner.set(None));
        }
    }

    /// The client begins to look for a connection.
    pub(crate) fn begin(&mut self) {
        if self.tracker.is_recording() {
            let now = self.tracker.lapsed();
            self.tracker.set(keys::GET_CONN, now);
        }
    }

    /// The head of the response is there.
    pub(crate) fn head(&mut self, head: &Head<'_>) {
        self.status = Some(head.status);
        let tracker = &mut self.tracker;
        if !tracker.is_recording() {
            return;
        }
        let first_byte = tracker.lapsed();
        tracker.set(keys::PROTO, head.proto);
        tracker.set(keys::RESPONSE_CODE, head.status);
        if !self.config.response_headers().is_empty() {
            let allowed = Allowed {
                source: &HttpHeaders(head.headers),
                names: self.config.response_patterns(),
            };
            tracker.set(keys::RESPONSE_HEADERS, Value::headers(&allowed));
        }
        if let Some(peer) = head.peer.filter(|_| self.config.remote_address()) {
            // The longest: an IPv6 address with its scope and port.
            let peer: InlineText<64> = InlineText::of_address(peer);
            tracker.set(keys::REMOTEADDR, peer.as_str());
        }
        tracker.set(keys::FIRST_BYTE, first_byte);
        if self.dialed {
            self.dials.0.store(true, Relaxed);
        } else if self.dials.0.load(Relaxed) {
            tracker.set(keys::REUSED, true);
        }
    }

    /// When the response's body is at its end.
    pub(crate) fn body_end(&self, status: u16, declared: Option<u64>) -> BodyEnd {
        BodyEnd::in_hyper(self.method, status, declared)
    }

    /// The protocol that the connection goes over to with this response; `named` is what the response calls it.
    pub(crate) fn upgrade<'r>(
        &self,
        status: u16,
        named: impl FnOnce() -> Option<&'r str>,
    ) -> Option<&'r str> {
        upgrade(self.method, status, false, named)
    }

    /// The connection goes over to `protocol`, which ends the call.
    pub(crate) fn upgraded(mut self, protocol: &str) {
        self.tracker.set(keys::UPGRADE, protocol);
        self.finish(None, 0, None);
    }

    /// There is no answer.
    pub(crate) fn unanswered<E: Display + 'static>(mut self, error: &E) {
        fail(&mut self.tracker, error, At::Head);
        self.set_counted();
        self.end();
    }

    /// The body broke.
    pub(crate) fn broken<E: Display + 'static>(&mut self, error: &E) {
        fail(&mut self.tracker, error, At::Body);
    }

    /// The caller no longer waits for an answer.
    pub(crate) fn given_up(mut self) {
        let how_far = match open_phase(&self.tracker) {
            Some(_) => "connect",
            None => "request",
        };
        if self.tracker.outcome() == Outcome::Cancelled && !self.tracker.is_unwound() {
            self.tracker.set(keys::ABORTED, how_far);
        }
        self.set_counted();
        self.end();
    }

    /// Counts what is sent from here on.
    #[cfg(feature = "reqwest")]
    pub(crate) fn count(&mut self, size: RequestSize) {
        self.sent = Sent::Counted(size);
    }

    /// The client followed redirects to this URL.
    #[cfg(feature = "reqwest")]
    pub(crate) fn redirected(&mut self, url: gomon_core::UrlParts<'_>) {
        self.tracker.set(keys::FINAL_URL, Value::url(url));
    }

    /// Ends the event of a call that was answered; `aborted` says how far the caller had read, where it did not read on.
    pub(crate) fn finish(
        mut self,
        aborted: Option<&'static str>,
        received: u64,
        sample: Option<&[u8]>,
    ) {
        let tracker = &mut self.tracker;
        let is_open = tracker.outcome() == Outcome::Cancelled;
        match aborted {
            None => tracker.complete(),
            Some(how_far) if is_open && !tracker.is_unwound() => {
                tracker.set(keys::ABORTED, how_far);
            }
            Some(_) => {}
        }
        if is_open && self.status.is_some_and(|status| status >= 400) {
            tracker.set_outcome(Outcome::Error);
        }
        if let Some(sample) = sample {
            tracker.set(keys::RESPONSE_BODY, Value::long_bytes(sample));
        }
        if let Sent::Declared(Some(bytes)) = self.sent {
            tracker.set(keys::REQUEST_SIZE, bytes);
        }
        self.set_counted();
        self.tracker.set(keys::RESPONSE_SIZE, received);
        self.end();
    }

    /// Ends the event, inside of its parent's where that was asked for and is still open.
    fn end(self) {
        let mut tracker = self.tracker;
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
