//! A request until its response is there.
//!
//! The event is open from [`begin`](RequestWatch::begin) on. It ends once: in the [`ResponseWatch`] that
//! [`respond`](RequestWatch::respond) gives, in [`fail`](RequestWatch::fail), or, where neither came, in the drop.

use std::fmt::Display;
use std::pin::Pin;
use std::task::Poll;

use gomon_core::{Monitor, TraceId, Tracker};
use http::HeaderName;

use crate::ending::{BodyEnd, Ending, Phase};
use crate::headers::Headers;
use crate::sample::Sample;
use crate::server::request::{Head, RequestFacts};
use crate::server::watch::Watch;
use crate::server::{RequestSize, ResponseWatch, Route, Setup};

/// Watches a request while its handler runs; it belongs into the future of the response.
///
/// One that is dropped without a response is cancelled.
///
/// # Examples
///
/// ```
/// use std::pin::Pin;
/// use std::task::{Context, Poll};
///
/// use gomon_core::{HeaderSource, Monitor, Recorder};
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
/// #     fn visit(&self, _visitor: &mut dyn gomon_core::HeaderVisitor) {}
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
#[must_use = "a request that is not watched is cancelled at once"]
pub struct RequestWatch {
    watch: Watch,
}

impl RequestWatch {
    /// Opens the event of a request, unless the configuration leaves it out.
    ///
    /// Ask [`Monitor::is_enabled`] before, so that nothing is read of a request that nobody records.
    ///
    /// # Examples
    ///
    /// See [`RequestWatch`].
    pub fn begin<H: Headers>(
        setup: &Setup,
        monitor: Monitor,
        fingerprint: &'static str,
        facts: &RequestFacts<'_>,
        headers: &H,
    ) -> Self {
        Self::open(setup, monitor, fingerprint, facts, headers)
    }

    pub(crate) fn open<'r>(
        setup: &Setup,
        monitor: Monitor,
        fingerprint: &'static str,
        head: &impl Head<'r>,
        headers: &impl Headers,
    ) -> Self {
        Self {
            watch: Watch::open(setup, monitor, fingerprint, head, headers),
        }
    }

    /// Watches nothing: the monitor is disabled, or another middleware watches the request.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!gomon_http::server::RequestWatch::off().is_on());
    /// ```
    #[inline]
    pub const fn off() -> Self {
        Self { watch: Watch::Off }
    }

    /// Whether the request is an event; not where the configuration leaves it out.
    ///
    /// # Examples
    ///
    /// See [`off`](Self::off).
    #[must_use]
    pub fn is_on(&self) -> bool {
        matches!(self.watch, Watch::On(_))
    }

    /// Its tracker, where it is an event.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_http::server::RequestWatch::off().tracker().is_none());
    /// ```
    #[must_use]
    pub fn tracker(&mut self) -> Option<&mut dyn Tracker> {
        match &mut self.watch {
            Watch::On(exchange) => Some(exchange.tracker()),
            Watch::Off | Watch::LeftOut => None,
        }
    }

    /// What tells how much of the request's body was read.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_http::server::{RequestSize, RequestWatch};
    ///
    /// let mut watch = RequestWatch::off();
    /// watch.set_request_size(RequestSize::none());
    /// ```
    pub fn set_request_size(&mut self, size: RequestSize) {
        if let Some(counted) = self.request_size() {
            *counted = size;
        }
    }

    /// Where the size of the request's body is counted, if the request is recorded.
    #[inline]
    pub(crate) fn request_size(&mut self) -> Option<&mut RequestSize> {
        match &mut self.watch {
            Watch::On(exchange) => Some(exchange.request_size()),
            Watch::Off | Watch::LeftOut => None,
        }
    }

    /// The route, where it is known only after the request was routed.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_http::server::{RequestWatch, Route};
    ///
    /// RequestWatch::off().set_route(Route::Matched("/users/{id}"));
    /// ```
    pub fn set_route(&mut self, route: Route<'_>) {
        if let (Watch::On(exchange), Some(route)) = (&mut self.watch, route.as_str()) {
            exchange.set_route(route);
        }
    }

    /// Runs `f` in the scope of the request. A panic is recorded and goes on as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_http::server::RequestWatch::off().run(|| 7), 7);
    /// ```
    pub fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.watch.run(f)
    }

    /// As [`run`](Self::run), for a poll of the handler, which is measured.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::task::Poll;
    ///
    /// assert_eq!(gomon_http::server::RequestWatch::off().poll(|| Poll::Ready(7)), Poll::Ready(7));
    /// ```
    pub fn poll<T>(&mut self, f: impl FnOnce() -> Poll<T>) -> Poll<T> {
        self.watch.poll(f)
    }

    /// Drops what is watched in its scope, so that what its destructor does belongs to the request.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut handler = std::pin::pin!(Some(async {}));
    /// gomon_http::server::RequestWatch::off().drop_inside(handler.as_mut());
    /// assert!(handler.is_none());
    /// ```
    pub fn drop_inside<T>(&mut self, inner: Pin<&mut Option<T>>) {
        self.watch.drop_inside(inner);
    }

    /// Records an error that the handler answered with: the status says whether the request failed.
    ///
    /// What its text quotes may be what the client sent, and is `[redacted]`.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_http::server::RequestWatch::off().add_error(&std::fmt::Error, None);
    /// ```
    pub fn add_error<E: Display + ?Sized>(&mut self, error: &E, kind: Option<&str>) {
        if let Watch::On(exchange) = &mut self.watch {
            exchange.answered_error(error, kind);
        }
    }

    /// The response header that tells the client the trace, if there is to be one: add it before
    /// [`respond`](Self::respond).
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_http::server::RequestWatch::off().trace_header().is_none());
    /// ```
    #[must_use]
    pub fn trace_header(&self) -> Option<(&HeaderName, TraceId)> {
        match &self.watch {
            Watch::On(exchange) => Some((exchange.config().trace_header()?, exchange.trace_id())),
            Watch::Off | Watch::LeftOut => None,
        }
    }

    /// When the body of a response is complete that hyper sends, or another server that keeps to RFC 9110, 6.4.1:
    /// at its `declared` length, if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_http::server::{BodyEnd, RequestWatch};
    ///
    /// assert_eq!(RequestWatch::off().body_end(204, None), BodyEnd::Unsent);
    /// assert_eq!(RequestWatch::off().body_end(200, Some(5)), BodyEnd::AtLength(5));
    /// ```
    #[must_use]
    pub fn body_end(&self, status: u16, declared: Option<u64>) -> BodyEnd {
        let method = match &self.watch {
            Watch::On(exchange) => exchange.method(),
            Watch::Off | Watch::LeftOut => "GET",
        };
        BodyEnd::in_hyper(method, status, declared)
    }

    /// The head of the response is there; the body goes on.
    ///
    /// Where the connection goes over to another protocol with this response, or where it has no body, the event ends
    /// here.
    ///
    /// # Examples
    ///
    /// See [`RequestWatch`].
    pub fn respond<H: Headers>(mut self, status: u16, headers: &H, end: BodyEnd) -> ResponseWatch {
        if !self.is_on() {
            return self.pass();
        }
        let Some(mut exchange) = self.watch.take() else {
            return ResponseWatch::off();
        };
        exchange.head(status, headers);
        if let Some(protocol) = exchange.upgrade(status, headers) {
            exchange.upgraded(protocol);
            return ResponseWatch::off();
        }
        if end == BodyEnd::Empty {
            exchange.finish(Ending::Complete, Some(0), None);
            return ResponseWatch::off();
        }
        let sample = Sample::wanted(exchange.config(), headers);
        ResponseWatch::new(Watch::On(exchange), end, sample)
    }

    /// Nothing is recorded of the response; its body runs in the same scope as the handler.
    #[inline]
    pub(crate) fn pass(mut self) -> ResponseWatch {
        ResponseWatch::new(std::mem::take(&mut self.watch), BodyEnd::AtEnd, None)
    }

    /// There is no response here, but an error that is answered further out with `status`, which ends the event. The
    /// status says whether the request failed.
    ///
    /// The text of the error is recorded as that of [`add_error`](Self::add_error).
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_http::server::RequestWatch::off().answer_later(503, &std::fmt::Error, None);
    /// ```
    pub fn answer_later<E: Display + ?Sized>(mut self, status: u16, error: &E, kind: Option<&str>) {
        if let Some(mut exchange) = self.watch.take() {
            exchange.answered_error(error, kind);
            exchange.status(status);
            exchange.finish(Ending::Complete, None, None);
        }
    }

    /// There is no response, but an error of the service, which ends the event.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_http::server::RequestWatch::off().fail(&std::fmt::Error);
    /// ```
    pub fn fail<E: Display>(mut self, error: &E) {
        if let Some(mut exchange) = self.watch.take() {
            exchange.error(error);
            exchange.finish(Ending::Complete, Some(0), None);
        }
    }
}

impl Drop for RequestWatch {
    fn drop(&mut self) {
        if let Some(exchange) = self.watch.take() {
            exchange.finish(Ending::Aborted(Phase::Handler), Some(0), None);
        }
    }
}
