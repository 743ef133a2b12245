//! Counting of the bytes that are read of a request's payload.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_core::Stream;
use gomon_http::server::{ByteCounter, RequestSize};

/// Wraps the payload of a request and returns the counter of bytes read.
pub(crate) fn counted(request: &mut ServiceRequest) -> RequestSize {
    let (_, payload) = request.parts_mut();
    if matches!(payload, Payload::None) {
        return RequestSize::none();
    }
    let (counter, size) = RequestSize::counted();
    let inner = payload.take();
    *payload = Payload::Stream {
        payload: Box::pin(Counted { inner, counter }),
    };
    size
}

struct Counted {
    inner: Payload,
    counter: ByteCounter,
}

impl Stream for Counted {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.inner).poll_next(cx);
        match &polled {
            Poll::Ready(Some(Ok(bytes))) => self.counter.add(bytes.len()),
            Poll::Ready(Some(Err(_))) => self.counter.fail(),
            Poll::Ready(None) | Poll::Pending => {}
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}
