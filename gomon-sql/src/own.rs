//! Statements that a wrapper records, marked for readers of what their library reports itself.
//!
//! sqlx reports each statement through `tracing`, also one that a wrapper records. Who records these reports must skip
//! those of the wrapper. Most drivers report on the thread of the caller, which is marked. SQLite reports on its own
//! thread. Only the reader knows a mark that travels there.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};

use crate::Dialect;

/// Reader of the reports of database libraries.
pub trait ReportReader: Send + Sync {
    /// Returns a mark for the reports of one statement, or `None` if it reads none now.
    fn mark(&self) -> Option<Box<dyn Mark>>;
}

/// Mark of a statement.
pub trait Mark: Send + Sync {
    /// Calls `f`. What the library reports of the work of `f` is marked.
    fn run(&self, f: &mut dyn FnMut());
}

static READER: OnceLock<&'static dyn ReportReader> = OnceLock::new();

thread_local! {
    static IS_OWN: Cell<bool> = const { Cell::new(false) };
}

/// Returns whether this thread runs a statement that its wrapper records.
#[must_use]
#[inline]
pub fn is_own() -> bool {
    IS_OWN.try_with(Cell::get).unwrap_or(false)
}

/// Marks the thread until it is dropped.
struct Running {
    before: bool,
}

impl Running {
    #[inline]
    fn begin() -> Self {
        let before = IS_OWN.try_with(|is_own| is_own.replace(true));
        Self {
            before: before.unwrap_or(false),
        }
    }
}

impl Drop for Running {
    #[inline]
    fn drop(&mut self) {
        let _ = IS_OWN.try_with(|is_own| is_own.set(self.before));
    }
}

/// Sets the reader of the process. Returns false if there is already one.
pub fn set_report_reader(reader: &'static dyn ReportReader) -> bool {
    READER.set(reader).is_ok()
}

/// A future or a stream of a library that runs a statement which its wrapper records.
pub struct Own<T> {
    /// `None` only while it is dropped.
    inner: Option<T>,
    /// `None` without a reader, and for drivers that report on the thread of the caller.
    mark: Option<Box<dyn Mark>>,
}

impl<T> Own<T> {
    /// Marks what `inner` does on a database of this dialect, also while it is dropped.
    pub fn new(inner: T, dialect: Dialect) -> Self {
        let reader = READER.get().filter(|_| dialect == Dialect::Sqlite);
        Self {
            inner: Some(inner),
            mark: reader.and_then(|reader| reader.mark()),
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
        let _running = Running::begin();
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
        let _running = Running::begin();
        let inner = self.inner.take();
        match &self.mark {
            None => drop(inner),
            Some(mark) => {
                run(&**mark, || drop(inner));
            }
        }
    }
}

// `inner` is not pinned by this.
impl<T> Unpin for Own<T> {}

impl<T> fmt::Debug for Own<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Own")
            .field("has_mark", &self.mark.is_some())
            .finish_non_exhaustive()
    }
}
