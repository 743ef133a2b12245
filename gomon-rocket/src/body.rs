//! Bodies of monitored responses.

use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use gomon_http::server::ResponseWatch;
use rocket::response::Body;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};

use crate::exchange::Exchange;

/// The body of a monitored response. Bytes and errors are unchanged; reads run in the scope of the request.
pub(crate) struct MonitoredBody<'r> {
    /// Empty only in the drop.
    inner: Option<Body<'r>>,
    exchange: Arc<Exchange>,
}

impl<'r> MonitoredBody<'r> {
    pub(crate) fn new(inner: Body<'r>, exchange: Arc<Exchange>) -> Self {
        Self {
            inner: Some(inner),
            exchange,
        }
    }
}

impl AsyncRead for MonitoredBody<'_> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let Some(inner) = &mut this.inner else {
            return Poll::Ready(Ok(()));
        };
        this.exchange.send(|watch| read(watch, inner, cx, buffer))
    }
}

fn read(
    watch: &mut ResponseWatch,
    inner: &mut Body<'_>,
    cx: &mut Context<'_>,
    buffer: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    let has_room = buffer.remaining() > 0;
    let before = buffer.filled().len();
    let polled = watch.run(|| Pin::new(inner).poll_read(cx, buffer));
    match &polled {
        Poll::Pending => {}
        Poll::Ready(Err(error)) => watch.fail(error),
        Poll::Ready(Ok(())) => match buffer.filled().get(before..) {
            Some(data @ [_, ..]) => watch.moved(&data),
            // Reading nothing into a buffer with room is the end of the body.
            _ if has_room => watch.ended(),
            _ => {}
        },
    }
    polled
}

/// Required by Rocket for sized bodies, but called only if no size is set.
impl AsyncSeek for MonitoredBody<'_> {
    fn start_seek(self: Pin<&mut Self>, _position: SeekFrom) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn poll_complete(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
    }
}

impl Drop for MonitoredBody<'_> {
    fn drop(&mut self) {
        let inner = Pin::new(&mut self.inner);
        self.exchange.send(|watch| watch.drop_inside(inner));
        self.exchange.end();
    }
}
