//! A stream of items that a future yields. The future may own what the items borrow.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_core::Stream;
use gomon_sql::adapter::lock;
use pin_project_lite::pin_project;

/// The slot through which the future of a [`Generated`] yields items.
#[derive(Debug)]
pub(super) struct Slot<T>(Arc<Mutex<Option<T>>>);

impl<T> Slot<T> {
    /// Yields an item, and resumes when the stream is polled for the next one.
    pub(super) async fn give(&self, item: T) {
        self.fill(item);
        let mut given = false;
        poll_fn(|_| {
            if given {
                return Poll::Ready(());
            }
            given = true;
            Poll::Pending
        })
        .await;
    }

    fn fill(&self, item: T) {
        *lock(&self.0) = Some(item);
    }

    fn take(&self) -> Option<T> {
        lock(&self.0).take()
    }
}

pin_project! {
    /// The items of a future, and then its error.
    pub(super) struct Generated<T, F> {
        #[pin]
        future: Option<F>,
        slot: Slot<T>,
    }
}

impl<T, F> Generated<T, F> {
    pub(super) fn new(make: impl FnOnce(Slot<T>) -> F) -> Self {
        let slot = Arc::default();
        Self {
            future: Some(make(Slot(Arc::clone(&slot)))),
            slot: Slot(slot),
        }
    }
}

impl<T, E, F: Future<Output = Result<(), E>>> Stream for Generated<T, F> {
    type Item = Result<T, E>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            return Poll::Ready(None);
        };
        let Poll::Ready(ended) = future.poll(cx) else {
            return this
                .slot
                .take()
                .map_or(Poll::Pending, |item| Poll::Ready(Some(Ok(item))));
        };
        this.future.set(None);
        Poll::Ready(ended.err().map(Err))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next<S: Stream>(stream: Pin<&mut S>) -> Poll<Option<S::Item>> {
        stream.poll_next(&mut Context::from_waker(std::task::Waker::noop()))
    }

    #[test]
    fn items_come_in_order_and_the_error_last() {
        let stream = Generated::new(|slot: Slot<u8>| async move {
            slot.give(1).await;
            slot.give(2).await;
            Err("broken")
        });
        let mut stream = std::pin::pin!(stream);
        assert_eq!(next(stream.as_mut()), Poll::Ready(Some(Ok(1))));
        assert_eq!(next(stream.as_mut()), Poll::Ready(Some(Ok(2))));
        assert_eq!(next(stream.as_mut()), Poll::Ready(Some(Err("broken"))));
        assert_eq!(next(stream.as_mut()), Poll::Ready(None));
    }

    #[test]
    fn values_of_the_future_are_dropped_when_it_ends() {
        let owned = Arc::new(());
        let inside = Arc::clone(&owned);
        let stream = Generated::new(|_: Slot<()>| async move {
            let _inside = inside;
            Ok::<_, ()>(())
        });
        let mut stream = std::pin::pin!(stream);
        assert_eq!(next(stream.as_mut()), Poll::Ready(None));
        assert_eq!(Arc::strong_count(&owned), 1);
    }
}
