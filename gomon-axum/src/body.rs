//! Conversion of bodies to axum's body type.

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use gomon_http::server::{CountedBody, MonitoredBody, RequestSize};
use http_body_util::BodyExt;

/// Counts the bytes that are read of a request's body.
#[inline]
pub(crate) fn count(body: &mut Body) -> RequestSize {
    if body.is_end_stream() {
        return RequestSize::none();
    }
    let (counted, size) = CountedBody::new(std::mem::take(body));
    *body = Body::new(counted.map_err(flat));
    size
}

/// Boxes the body of a monitored response. A body that is no longer recorded is not boxed again.
#[inline]
pub(crate) fn boxed<B>(body: MonitoredBody<B>) -> Body
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError> + std::fmt::Display,
{
    match body.into_unwatched() {
        Ok(body) => Body::new(body),
        Err(body) => Body::new(body.map_err(flat)),
    }
}

/// Removes axum's error around an error. Each box adds one, and callers look for a cause at a known depth.
fn flat(error: impl Into<BoxError>) -> BoxError {
    match error.into().downcast::<axum::Error>() {
        Ok(error) => error.into_inner(),
        Err(error) => error,
    }
}
