//! Framework-independent replies of the test site's pages.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt as _};
use http_body::{Body, Frame, SizeHint};

/// A reply that each framework converts to its own response.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers in order, with a `content-length` only if a handler would set it.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: ReplyBody,
}

impl Reply {
    /// Creates a `text/plain` reply with a known length.
    pub fn text(status: u16, text: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![("content-type", "text/plain".to_owned())],
            body: ReplyBody::fixed(text),
        }
    }

    /// Creates the reply of `/echo` from the request's body.
    pub fn echo(body: Bytes) -> Self {
        Self::of("application/octet-stream", ReplyBody::fixed(body))
    }

    /// Replaces the body with its length, for frameworks that send the body of a HEAD response over HTTP/2.
    #[must_use]
    pub fn without_body(mut self) -> Self {
        if let Some(bytes) = self.body.exact() {
            self = self.with_header("content-length", bytes.len().to_string());
        }
        self.body = ReplyBody::fixed("");
        self
    }

    pub(crate) fn of(content_type: &str, body: ReplyBody) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", content_type.to_owned())],
            body,
        }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: ReplyBody::fixed(""),
        }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// The body of a [`Reply`]: an `http_body::Body` that can be converted to a stream.
pub struct ReplyBody(Kind);

type Frames = Pin<Box<dyn Stream<Item = io::Result<Frame<Bytes>>> + Send + Sync>>;

enum Kind {
    Fixed(Bytes),
    Frames(Frames),
}

impl ReplyBody {
    pub(crate) fn fixed(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Fixed(bytes.into()))
    }

    /// Creates a body whose frames are the results of `make`, called with the number of the frame.
    pub(crate) fn each<F>(make: impl Fn(usize) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Option<io::Result<Frame<Bytes>>>> + Send + Sync + 'static,
    {
        let frames = stream::unfold((0, make), |(number, make)| async move {
            let frame = make(number).await?;
            Some((frame, (number + 1, make)))
        });
        Self(Kind::Frames(Box::pin(frames)))
    }

    /// Returns the bytes, if they are known in advance.
    #[must_use]
    pub fn exact(&self) -> Option<Bytes> {
        match &self.0 {
            Kind::Fixed(bytes) => Some(bytes.clone()),
            Kind::Frames(_) => None,
        }
    }

    /// Returns a stream of the data without trailers, for frameworks without trailers.
    pub fn into_data(self) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static {
        let frames = match self.0 {
            Kind::Fixed(bytes) => Box::pin(stream::iter([Ok(Frame::data(bytes))])),
            Kind::Frames(frames) => frames,
        };
        frames.filter_map(|frame| {
            std::future::ready(frame.map(|frame| frame.into_data().ok()).transpose())
        })
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match &mut self.0 {
            Kind::Fixed(bytes) if bytes.is_empty() => Poll::Ready(None),
            Kind::Fixed(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Kind::Frames(frames) => frames.as_mut().poll_next(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Kind::Fixed(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        self.exact().map_or_else(SizeHint::default, |bytes| {
            SizeHint::with_exact(bytes.len() as u64)
        })
    }
}

impl std::fmt::Debug for ReplyBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplyBody")
            .field("exact", &self.exact())
            .finish_non_exhaustive()
    }
}
