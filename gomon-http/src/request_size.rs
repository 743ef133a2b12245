//! Counting of the bytes that are read of a request's body.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// Counts the bytes of a request's body as they are read.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_http::server::CountedBody;
    /// use http_body_util::{BodyExt, Full};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (body, size) = CountedBody::new(Full::new(&b"hello"[..]));
    /// body.collect().await.unwrap();
    /// assert_eq!(size.bytes(), Some(5));
    /// # });
    /// ```
    #[derive(Debug)]
    pub struct CountedBody<B> {
        #[pin]
        inner: B,
        // `None` if the body is not counted.
        counter: Option<ByteCounter>,
    }
}

impl<B> CountedBody<B> {
    /// Wraps a body and returns the counter of bytes read.
    pub fn new(inner: B) -> (Self, RequestSize) {
        let (counter, size) = RequestSize::counted();
        let counter = Some(counter);
        (Self { inner, counter }, size)
    }

    /// Wraps a body and sets `size` to the counter of bytes read. Without `size`, nothing is counted.
    pub fn counting(inner: B, size: Option<&mut RequestSize>) -> Self
    where
        B: Body,
    {
        let mut counter = None;
        if let Some(size) = size {
            *size = RequestSize::none();
            if !inner.is_end_stream() {
                let (counting, counted) = RequestSize::counted();
                (counter, *size) = (Some(counting), counted);
            }
        }
        Self { inner, counter }
    }
}

impl<B: Body> Body for CountedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let polled = this.inner.poll_frame(cx);
        match (this.counter, &polled) {
            (Some(counter), Poll::Ready(Some(Ok(frame)))) => {
                counter.add(frame.data_ref().map_or(0, Buf::remaining));
            }
            (Some(counter), Poll::Ready(Some(Err(_)))) => counter.fail(),
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// How much of a request's body was read.
///
/// # Examples
///
/// ```
/// use gomon_http::server::RequestSize;
///
/// assert_eq!(RequestSize::none().bytes(), Some(0));
/// assert_eq!(RequestSize::unknown().bytes(), None);
/// ```
#[derive(Clone, Debug)]
pub struct RequestSize(Size);

#[derive(Clone, Debug)]
enum Size {
    Unknown,
    Nothing,
    /// Size of a body that is not counted.
    Declared(u64),
    Counted(Arc<AtomicU64>),
}

impl RequestSize {
    /// Returns an unknown size.
    #[must_use]
    pub const fn unknown() -> Self {
        Self(Size::Unknown)
    }

    /// Returns the size of a request without a body.
    #[must_use]
    pub const fn none() -> Self {
        Self(Size::Nothing)
    }

    pub(crate) fn of_declared(bytes: Option<u64>) -> Self {
        Self(bytes.map_or(Size::Unknown, Size::Declared))
    }

    pub(crate) fn declared(&self) -> Option<u64> {
        match self.0 {
            Size::Declared(bytes) => Some(bytes),
            Size::Unknown | Size::Nothing | Size::Counted(_) => None,
        }
    }

    /// Returns a counter and the size that it updates.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_http::server::RequestSize;
    ///
    /// let (counter, size) = RequestSize::counted();
    /// counter.add(5);
    /// assert_eq!(size.bytes(), Some(5));
    /// ```
    #[must_use]
    pub fn counted() -> (ByteCounter, Self) {
        let count = Arc::new(AtomicU64::new(0));
        (ByteCounter(Arc::clone(&count)), Self(Size::Counted(count)))
    }

    /// Returns the number of bytes read so far, if known.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        match &self.0 {
            Size::Unknown | Size::Declared(_) => None,
            Size::Nothing => Some(0),
            Size::Counted(count) => Some(count.load(Relaxed) & !BROKEN),
        }
    }

    /// Returns whether the body failed before its end, because the client left or sent a malformed body.
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_http::server::RequestSize;
    ///
    /// let (counter, size) = RequestSize::counted();
    /// counter.fail();
    /// assert!(size.is_broken());
    /// ```
    #[must_use]
    pub fn is_broken(&self) -> bool {
        match &self.0 {
            Size::Unknown | Size::Nothing | Size::Declared(_) => false,
            Size::Counted(count) => count.load(Relaxed) & BROKEN != 0,
        }
    }
}

/// Counts the bytes of a request's body for a [`RequestSize`].
#[derive(Debug)]
pub struct ByteCounter(Arc<AtomicU64>);

impl ByteCounter {
    /// Adds bytes that were read.
    pub fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Relaxed);
    }

    /// Marks the body as failed.
    pub fn fail(&self) {
        self.0.fetch_or(BROKEN, Relaxed);
    }
}

/// Flag for a failed body, above any byte count.
const BROKEN: u64 = 1 << 63;
