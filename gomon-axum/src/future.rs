//! The future of a response, with axum's body.

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::BoxError;
use axum::body::{Bytes, HttpBody};
use axum::http;
use axum::response::Response;
use pin_project_lite::pin_project;

use crate::body::boxed;

pin_project! {
    /// The response future of a monitored service.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::convert::Infallible;
    /// use axum::response::Response;
    /// use gomon_axum::ResponseFuture;
    ///
    /// async fn status(future: ResponseFuture<std::future::Ready<Result<Response, Infallible>>>) -> u16 {
    ///     let Ok(response) = future.await;
    ///     response.status().as_u16()
    /// }
    /// ```
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: gomon_http::ResponseFuture<F>,
    }
}

impl<F> ResponseFuture<F> {
    pub(crate) fn new(inner: gomon_http::ResponseFuture<F>) -> Self {
        Self { inner }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<http::Response<B>, E>>,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError> + Display,
    E: Display,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project()
            .inner
            .poll(cx)
            .map_ok(|response| response.map(boxed))
    }
}
