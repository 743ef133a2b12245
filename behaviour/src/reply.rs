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
            body: ReplyBody { kind: Kind::Empty },
        }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// The body of a [`Reply`]: an `http_body::Body` that can be converted to a stream.
pub struct ReplyBody {
    kind: Kind,
}

type Frames = Pin<Box<dyn Stream<Item = io::Result<Frame<Bytes>>> + Send + Sync>>;

enum Kind {
    Empty,
    Fixed(Bytes),
    Frames(Frames),
}

impl ReplyBody {
    pub(crate) fn fixed(bytes: impl Into<Bytes>) -> Self {
        Self {
            kind: Kind::Fixed(bytes.into()),
        }
    }

    pub(crate) fn frames(
        frames: impl Stream<Item = io::Result<Frame<Bytes>>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            kind: Kind::Frames(Box::pin(frames)),
        }
    }

    /// Creates a body whose frames are the results of `make`, called with the number of the frame.
    pub(crate) fn each<F>(make: impl Fn(usize) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Option<io::Result<Frame<Bytes>>>> + Send + Sync + 'static,
    {
        Self::frames(stream::unfold((0, make), |(number, make)| async move {
            let frame = make(number).await?;
            Some((frame, (number + 1, make)))
        }))
    }

    /// Returns the bytes, if they are known in advance.
    #[must_use]
    pub fn exact(&self) -> Option<Bytes> {
        match &self.kind {
            Kind::Empty => Some(Bytes::new()),
            Kind::Fixed(bytes) => Some(bytes.clone()),
            Kind::Frames(_) => None,
        }
    }

    /// Returns a stream of the data without trailers, for frameworks without trailers.
    pub fn into_data(self) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static {
        let frames = match self.kind {
            Kind::Empty => stream::empty().boxed_sync(),
            Kind::Fixed(bytes) => stream::iter([Ok(Frame::data(bytes))]).boxed_sync(),
            Kind::Frames(frames) => frames,
        };
        frames.filter_map(|frame| {
            std::future::ready(frame.map(|frame| frame.into_data().ok()).transpose())
        })
    }
}

/// `StreamExt::boxed` for streams that are also `Sync`.
trait BoxedSync: Stream<Item = io::Result<Frame<Bytes>>> + Send + Sync + Sized + 'static {
    fn boxed_sync(self) -> Frames {
        Box::pin(self)
    }
}

impl<S: Stream<Item = io::Result<Frame<Bytes>>> + Send + Sync + 'static> BoxedSync for S {}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match &mut self.kind {
            Kind::Empty => Poll::Ready(None),
            Kind::Fixed(bytes) => {
                let bytes = std::mem::take(bytes);
                self.kind = Kind::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Kind::Frames(frames) => frames.as_mut().poll_next(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Empty => true,
            Kind::Fixed(bytes) => bytes.is_empty(),
            Kind::Frames(_) => false,
        }
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
