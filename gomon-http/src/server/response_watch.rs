//! A response while its body is sent.

use std::fmt::Display;
use std::pin::Pin;

use bytes::Buf;
use gomon_core::Tracker;

use crate::ending::{BodyEnd, Progress};
use crate::sample::Sample;
use crate::server::watch::Watch;

/// Watches a response while its body is sent; it belongs into the body. The event ends when it is dropped.
///
/// # Examples
///
/// See [`RequestWatch`](crate::server::RequestWatch).
#[derive(Debug, Default)]
#[must_use = "the event of a response that is not watched ends at once"]
pub struct ResponseWatch {
    watch: Watch,
    progress: Progress,
    sample: Option<Sample>,
}

impl ResponseWatch {
    pub(crate) fn new(watch: Watch, end: BodyEnd, sample: Option<Sample>) -> Self {
        Self {
            watch,
            progress: Progress::new(end),
            sample,
        }
    }

    /// Watches nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_http::server::ResponseWatch::off().is_off());
    /// ```
    #[inline]
    pub const fn off() -> Self {
        Self {
            watch: Watch::Off,
            progress: Progress::new(BodyEnd::AtEnd),
            sample: None,
        }
    }

    /// Whether there is nothing to watch: the body need not be wrapped.
    ///
    /// # Examples
    ///
    /// See [`off`](Self::off).
    #[must_use]
    #[inline]
    pub const fn is_off(&self) -> bool {
        matches!(self.watch, Watch::Off)
    }

    /// Whether the event is still open.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!gomon_http::server::ResponseWatch::off().is_on());
    /// ```
    #[must_use]
    #[inline]
    pub const fn is_on(&self) -> bool {
        matches!(self.watch, Watch::On(_))
    }

    /// Its tracker, where the event is still open.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(gomon_http::server::ResponseWatch::off().tracker().is_none());
    /// ```
    #[must_use]
    pub fn tracker(&mut self) -> Option<&mut dyn Tracker> {
        match &mut self.watch {
            Watch::On(exchange) => Some(exchange.tracker()),
            Watch::Off | Watch::LeftOut => None,
        }
    }

    /// Runs `f`, which asks the body for more, in the scope of the request. A panic is recorded and goes on as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gomon_http::server::ResponseWatch::off().run(|| 7), 7);
    /// ```
    pub fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.progress.polled = true;
        self.watch.run(f)
    }

    /// A piece of the body was handed on; nothing of it is consumed.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_http::server::ResponseWatch::off().moved(&&b"hello"[..]);
    /// ```
    pub fn moved(&mut self, data: &impl Buf) {
        self.progress.moved += data.remaining() as u64;
        if let Some(sample) = &mut self.sample {
            sample.take(data);
        }
    }

    /// The body said that it ended.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_http::server::ResponseWatch::off().ended();
    /// ```
    pub fn ended(&mut self) {
        self.progress.ended = true;
    }

    /// The body failed.
    ///
    /// # Examples
    ///
    /// ```
    /// gomon_http::server::ResponseWatch::off().fail(&std::fmt::Error);
    /// ```
    pub fn fail<E: Display>(&mut self, error: &E) {
        if let Watch::On(exchange) = &mut self.watch {
            exchange.error(error);
        }
    }

    /// Drops the body in the scope of the request, so that what its destructor does belongs there.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut body = std::pin::pin!(Some("hello"));
    /// gomon_http::server::ResponseWatch::off().drop_inside(body.as_mut());
    /// assert!(body.is_none());
    /// ```
    pub fn drop_inside<T>(&mut self, inner: Pin<&mut Option<T>>) {
        self.watch.drop_inside(inner);
    }
}

impl Drop for ResponseWatch {
    fn drop(&mut self) {
        if let Some(exchange) = self.watch.take() {
            let sample = self.sample.as_ref().map(Sample::bytes);
            exchange.finish(self.progress.ending(), Some(self.progress.moved), sample);
        }
    }
}
