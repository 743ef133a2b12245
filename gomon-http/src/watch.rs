//! A request from its beginning to the end of its response, on the side of the server or of the client.
//!
//! The tracker moves from the service into the response future and on into the body. Its outcome is `cancelled` from
//! the start. The event ends once: in the [`ResponseWatch`] that [`respond`](RequestWatch::respond) returns, in
//! [`fail`](RequestWatch::fail) or [`answer_later`](RequestWatch::answer_later), or in the drop.

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use gomon_core::adapter::keys;
use gomon_core::{Monitor, TraceId, Tracker, suppressed};
use http::HeaderName;

use crate::body::ResponseWatch;
use crate::client::failure::At;
use crate::ending::{BodyEnd, Ending, Phase};
use crate::exchange::Exchange;
use crate::headers::Headers;
use crate::panics;
use crate::request_size::RequestSize;
use crate::sample::Sample;
use crate::server::{RequestFacts, Route, Setup, describe};

/// Records a request while its handler runs. It belongs in the response future.
///
/// The event is cancelled if this is dropped without a response.
///
/// # Examples
///
/// ```
/// use gomon_core::adapter::HeaderSource;
/// use gomon_core::{Monitor, Recorder};
/// use gomon_http::server::{BodyEnd, Headers, RequestFacts, RequestWatch, Setup};
///
/// fn handle<H: Headers>(setup: &Setup, headers: &H, handler: impl Fn() -> (u16, &'static [u8])) {
///     let monitor = setup.monitor();
///     if !monitor.is_enabled() {
///         handler();
///         return;
///     }
///     let facts = RequestFacts::new("GET", "HTTP/1.1", "/hello");
///     let mut watch = RequestWatch::begin(setup, monitor, "demo-handle", &facts, headers);
///     let (status, body) = watch.run(handler);
///     let mut watch = watch.respond(status, headers, BodyEnd::AtEnd);
///     // … and with each piece of the body that is sent:
///     watch.moved(&body);
///     watch.ended();
/// }
/// # struct None;
/// # impl HeaderSource for None {
/// #     fn visit(&self, _visitor: &mut dyn gomon_core::adapter::HeaderVisitor) {}
/// # }
/// # impl Headers for None {
/// #     fn values<'h>(&'h self, _name: &'static str) -> impl Iterator<Item = &'h [u8]> {
/// #         std::iter::empty()
/// #     }
/// # }
/// # let recorder = Recorder::new();
/// # let running = Monitor::builder().listener(recorder.listener()).build()?;
/// # handle(&Setup::new().with_monitor(running.monitor()), &None, || (200, b"hello"));
/// # let event = recorder.wait_for(1)[0].to_json();
/// # assert!(event.contains(r#""gomon:outcome":"ok""#) && event.contains(r#""response_size":5"#), "{event}");
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a request is cancelled when this is dropped"]
pub struct RequestWatch(State);

// An enum, because dropping and replacing the first variant is cheap, and nearly all watches end there.
#[derive(Debug, Default)]
enum State {
    /// The monitor is off, another layer records the request, or the event has ended.
    #[default]
    Off,
    /// The configuration excludes the request and all that its handler does.
    Excluded,
    On(Exchange),
}

impl RequestWatch {
    /// Opens the event of a request, unless the configuration excludes the request.
    ///
    /// Check [`Monitor::is_enabled`] first, so that no request is read that is not recorded.
    pub fn begin<H: Headers>(
        setup: &Setup,
        monitor: Monitor,
        fingerprint: &'static str,
        facts: &RequestFacts<'_>,
        headers: &H,
    ) -> Self {
        describe::open(setup, monitor, fingerprint, facts, headers)
    }

    /// Returns a watch that records nothing, for a disabled monitor or a request that another middleware records.
    #[inline]
    pub const fn off() -> Self {
        Self(State::Off)
    }

    pub(crate) const fn excluded() -> Self {
        Self(State::Excluded)
    }

    pub(crate) const fn on(exchange: Exchange) -> Self {
        Self(State::On(exchange))
    }

    /// Returns whether the request is recorded and its event is open.
    #[must_use]
    #[inline]
    pub const fn is_on(&self) -> bool {
        matches!(self.0, State::On(_))
    }

    /// Returns whether nothing is recorded, and nothing of the handler is suppressed.
    #[inline]
    pub(crate) const fn is_off(&self) -> bool {
        matches!(self.0, State::Off)
    }

    #[inline]
    pub(crate) fn exchange(&mut self) -> Option<&mut Exchange> {
        match &mut self.0 {
            State::On(exchange) => Some(exchange),
            State::Off | State::Excluded => None,
        }
    }

    /// Returns the tracker of an open event.
    #[must_use]
    pub fn tracker(&mut self) -> Option<&mut dyn Tracker> {
        self.exchange().map(|exchange| &mut exchange.tracker as _)
    }

    /// Sets the counter of the bytes that are read of the request's body.
    pub fn set_request_size(&mut self, size: RequestSize) {
        if let Some(counted) = self.request_size() {
            *counted = size;
        }
    }

    #[inline]
    pub(crate) fn request_size(&mut self) -> Option<&mut RequestSize> {
        self.exchange().map(|exchange| &mut exchange.request_size)
    }

    /// Sets the route, if it is known only after routing.
    pub fn set_route(&mut self, route: Route<'_>) {
        if let (Some(exchange), Some(route)) = (self.exchange(), route.as_str()) {
            exchange.tracker.set(keys::ROUTE, route);
        }
    }

    /// Runs `f` in the scope of the request. A panic is recorded and resumed.
    pub fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        match &mut self.0 {
            State::Off => f(),
            State::Excluded => suppressed(f),
            State::On(exchange) => panics::scope(&mut exchange.tracker, f),
        }
    }

    /// Runs and measures a poll of the handler in the scope of the request. A panic is recorded and resumed.
    pub fn poll<T>(&mut self, f: impl FnOnce() -> Poll<T>) -> Poll<T> {
        match &mut self.0 {
            State::On(exchange) => panics::poll(&mut exchange.tracker, f),
            _ => self.run(f),
        }
    }

    /// Polls the handler, and drops it once it is ready. Then `look` reads from its output. All of it is in the scope of
    /// the request, as in [`poll`](Self::poll).
    ///
    /// An empty `handler` was polled after completion and stays pending.
    #[inline]
    pub fn poll_inside<F: Future, S>(
        &mut self,
        handler: Pin<&mut Option<F>>,
        cx: &mut Context<'_>,
        look: impl FnOnce(&F::Output) -> S,
    ) -> Poll<(F::Output, S)> {
        self.poll(|| panics::poll_once(handler, cx, look))
    }

    /// Drops the handler in the scope of the request, so that what its destructor records belongs there.
    pub fn drop_inside<T>(&mut self, mut inner: Pin<&mut Option<T>>) {
        if inner.is_some() {
            self.run(|| inner.set(None));
        }
    }

    /// Records an error that the handler answered; whether the request failed depends on the status alone.
    ///
    /// Text that the error quotes may come from the client and is recorded as `[redacted]`.
    pub fn add_error<E: Display + ?Sized>(&mut self, error: &E, kind: Option<&str>) {
        if let Some(exchange) = self.exchange() {
            exchange.answered_error(error, kind);
        }
    }

    /// Returns the response header that carries the trace id, if one is configured: add it before
    /// [`respond`](Self::respond).
    #[must_use]
    pub fn trace_header(&self) -> Option<(&HeaderName, TraceId)> {
        match &self.0 {
            State::On(exchange) => {
                Some((exchange.config.trace_header()?, exchange.tracker.trace()))
            }
            State::Off | State::Excluded => None,
        }
    }

    /// Returns [`BodyEnd::in_hyper`] for the method of this request.
    #[must_use]
    pub fn body_end(&self, status: u16, declared: Option<u64>) -> BodyEnd {
        let method = match &self.0 {
            State::On(exchange) => exchange.method,
            State::Off | State::Excluded => "GET",
        };
        BodyEnd::in_hyper(method, status, declared)
    }

    /// Records the head of the response and returns what records its body.
    ///
    /// The event ends here if the response has no body or upgrades the connection.
    pub fn respond<H: Headers>(mut self, status: u16, headers: &H, end: BodyEnd) -> ResponseWatch {
        let State::On(exchange) = &mut self.0 else {
            return self.pass();
        };
        exchange.head(status, headers);
        let upgrade = exchange.upgrade(status, headers);
        if let Some(protocol) = upgrade {
            exchange.tracker.set(keys::UPGRADE, protocol);
        }
        if upgrade.is_some() || end == BodyEnd::Empty {
            self.end(Ending::Complete, Some(0), None);
            return ResponseWatch::off();
        }
        let sample = Sample::wanted(&exchange.config, headers);
        ResponseWatch::new(self, end, sample)
    }

    /// Returns what runs the body of an unrecorded response in the same scope as its handler.
    #[inline]
    pub(crate) fn pass(self) -> ResponseWatch {
        ResponseWatch::new(self, BodyEnd::AtEnd, None)
    }

    /// Records an error that an outer service answers with `status`, and ends the event.
    ///
    /// Whether the request failed depends on the status alone. The error is recorded as by
    /// [`add_error`](Self::add_error).
    pub fn answer_later<E: Display + ?Sized>(mut self, status: u16, error: &E, kind: Option<&str>) {
        if let Some(exchange) = self.exchange() {
            exchange.answered_error(error, kind);
            exchange.status(status);
            self.end(Ending::Complete, None, None);
        }
    }

    /// Records an error that the service returned in place of a response, and ends the event.
    pub fn fail<E: Display + 'static>(mut self, error: &E) {
        if let Some(exchange) = self.exchange() {
            exchange.error(error, At::Head);
            self.end_without_response(Ending::Complete);
        }
    }

    /// Ends the event. The size of the response is 0 in a server and absent in a client.
    #[cold]
    fn end_without_response(&mut self, ending: Ending) {
        if let Some(exchange) = self.exchange() {
            let sent = (!exchange.is_call()).then_some(0);
            self.end(ending, sent, None);
        }
    }

    /// Ends the event, unless it has ended. `sent` is the size of the response's body, `sample` its beginning.
    #[inline]
    pub(crate) fn end(&mut self, ending: Ending, sent: Option<u64>, sample: Option<&[u8]>) {
        if let Some(exchange) = self.exchange() {
            exchange.finish(ending, sent, sample);
            self.0 = State::Off;
        }
    }
}

impl Drop for RequestWatch {
    #[inline]
    fn drop(&mut self) {
        if self.is_on() {
            self.end_without_response(Ending::Aborted(Phase::Handler));
        }
    }
}
