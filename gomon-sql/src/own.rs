//! Statements that a wrapper records, marked for readers of what their library reports itself.
//!
//! sqlx reports each statement through `tracing`, also one that a wrapper records. Who records these reports must skip
//! those of the wrapper. On SQLite the report comes from another thread, so only the reader knows a mark that travels.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};

/// Reader of the reports of database libraries.
pub trait ReportReader: Send + Sync {
    /// Returns a mark for the reports of one statement.
    fn mark(&self) -> Box<dyn Mark>;
}

/// Mark of a statement.
pub trait Mark: Send + Sync {
    /// Calls `f`. What the library reports of the work of `f` is marked.
    fn run(&self, f: &mut dyn FnMut());
}

static READER: OnceLock<&'static dyn ReportReader> = OnceLock::new();

/// Sets the reader of the process. Returns false if there is already one.
pub fn set_report_reader(reader: &'static dyn ReportReader) -> bool {
    READER.set(reader).is_ok()
}

/// A future or a stream of a library that runs a statement which its wrapper records.
pub struct Own<T> {
    /// `None` only while it is dropped.
    inner: Option<T>,
    /// `None` without a reader.
    mark: Option<Box<dyn Mark>>,
}

impl<T> Own<T> {
    /// Marks what `inner` does, also while it is dropped.
    pub fn new(inner: T) -> Self {
        Self {
            inner: Some(inner),
            mark: READER.get().map(|reader| reader.mark()),
        }
    }

    /// Returns the future or stream.
    #[must_use]
    pub fn inner(&self) -> Option<&T> {
        self.inner.as_ref()
    }

    /// Calls `poll` with the future or stream.
    #[inline]
    pub fn poll_in<R>(&mut self, poll: impl FnOnce(&mut T) -> Poll<R>) -> Poll<R> {
        let Some(inner) = &mut self.inner else {
            return Poll::Pending;
        };
        match &self.mark {
            None => poll(inner),
            Some(mark) => run(&**mark, || poll(inner)).unwrap_or(Poll::Pending),
        }
    }
}

/// Calls `f` in the mark; returns `None` if the mark does not call it.
fn run<R>(mark: &dyn Mark, f: impl FnOnce() -> R) -> Option<R> {
    let (mut f, mut result) = (Some(f), None);
    mark.run(&mut || result = f.take().map(|f| f()));
    result
}

impl<F: Future + Unpin> Future for Own<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.poll_in(|inner| Pin::new(inner).poll(cx))
    }
}

impl<T> Drop for Own<T> {
    fn drop(&mut self) {
        if let Some(mark) = &self.mark {
            let inner = self.inner.take();
            run(&**mark, || drop(inner));
        }
    }
}

// `inner` is not pinned by this.
impl<T> Unpin for Own<T> {}

impl<T> fmt::Debug for Own<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Own")
            .field("is_marked", &self.mark.is_some())
            .finish_non_exhaustive()
    }
}
