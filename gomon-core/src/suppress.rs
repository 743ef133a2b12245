//! Work that is not to be tracked: GoMon's own, and what exporters do on its behalf.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Whether trackers opened on this thread now are empty.
///
/// # Examples
///
/// ```
/// assert!(!gomon_core::is_suppressed());
/// gomon_core::suppressed(|| assert!(gomon_core::is_suppressed()));
/// ```
#[inline]
#[must_use]
pub fn is_suppressed() -> bool {
    DEPTH.try_with(|depth| depth.get() > 0).unwrap_or(false)
}

/// Runs `f` with nothing tracked: for exporters, whose own calls must not become events.
///
/// # Examples
///
/// ```
/// gomon_core::suppressed(|| {
///     // Requests sent here are no events.
/// });
/// ```
pub fn suppressed<R>(f: impl FnOnce() -> R) -> R {
    let _suppression = Suppression::begin();
    f()
}

/// Suppresses this thread for good.
pub(crate) fn suppress_thread() {
    let _ = DEPTH.try_with(|depth| depth.set(depth.get().saturating_add(1)));
}

struct Suppression(());

impl Suppression {
    fn begin() -> Self {
        suppress_thread();
        Self(())
    }
}

impl Drop for Suppression {
    fn drop(&mut self) {
        let _ = DEPTH.try_with(|depth| depth.set(depth.get().saturating_sub(1)));
    }
}

pin_project! {
    /// A future under which nothing is tracked, made by [`FutureExt::suppressed`](crate::FutureExt::suppressed).
    ///
    /// # Examples
    ///
    /// ```
    /// use gomon_core::FutureExt;
    ///
    /// let export = async { assert!(gomon_core::is_suppressed()) }.suppressed();
    /// # futures_lite_block_on(export);
    /// # fn futures_lite_block_on<F: std::future::Future>(future: F) -> F::Output {
    /// #     let mut future = std::pin::pin!(future);
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     loop {
    /// #         if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) { return output; }
    /// #     }
    /// # }
    /// ```
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Suppressed<F> {
        #[pin]
        future: F,
    }
}

impl<F> Suppressed<F> {
    pub(crate) fn new(future: F) -> Self {
        Self { future }
    }
}

impl<F: Future> Future for Suppressed<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        suppressed(|| self.project().future.poll(cx))
    }
}
