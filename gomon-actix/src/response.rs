//! Recording of actix's responses.
//!
//! actix decides when a body is complete. It drops a body that is empty or has no length at once. It polls any other
//! body until the body reports its end, regardless of a declared length. A body that is dropped earlier was not sent.

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, Version};
use gomon_core::TraceId;
use gomon_http::server::{BodyEnd, RequestWatch};

use crate::MonitoredBody;
use crate::headers::ActixHeaders;
use crate::routes::set_route;
use crate::template::template;

/// Records the head of `response` and wraps its body.
pub(crate) fn watched<B: MessageBody>(
    mut response: ServiceResponse<B>,
    size: BodySize,
    mut watch: RequestWatch,
) -> ServiceResponse<MonitoredBody<B>> {
    if !watch.is_on() {
        let watch = watch.respond(0, &ActixHeaders(response.headers()), BodyEnd::AtEnd);
        return response.map_body(|_, body| MonitoredBody::new(body, watch));
    }
    set_route(&mut watch, template(response.request()).as_deref());
    if let Some(error) = response.response().error() {
        watch.add_error(error, None);
    }
    if let Some((name, trace)) = watch.trace_header() {
        insert_trace(name.as_str(), trace, response.headers_mut());
    }
    let (method, version) = (response.request().method(), response.request().version());
    let (status, is_head) = (response.status().as_u16(), method == Method::HEAD);
    let end = body_end(version, is_head, status, size);
    let watch = watch.respond(status, &ActixHeaders(response.headers()), end);
    response.map_body(|_, body| {
        let body = MonitoredBody::new(body, watch);
        if is_head { body.unsent() } else { body }
    })
}

fn body_end(version: Version, is_head: bool, status: u16, size: BodySize) -> BodyEnd {
    match size {
        BodySize::None | BodySize::Sized(0) => BodyEnd::Empty,
        // Over HTTP/1.1 the body is read to its end and not sent.
        _ if is_head => BodyEnd::Unsent,
        // Over HTTP/1.1 the body is sent nevertheless.
        _ if version == Version::HTTP_2 && matches!(status, 100 | 102 | 204) => BodyEnd::Unsent,
        BodySize::Sized(_) | BodySize::Stream => BodyEnd::AtEnd,
    }
}

fn insert_trace(name: &str, trace: TraceId, headers: &mut HeaderMap) {
    let name = HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&trace.to_string())) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_end_as_actix_sends_them() {
        use BodySize::{None, Sized, Stream};
        let (h1, h2) = (Version::HTTP_11, Version::HTTP_2);
        for (version, is_head, status, size, expected) in [
            (h1, false, 200, Sized(5), BodyEnd::AtEnd),
            (h1, false, 200, Stream, BodyEnd::AtEnd),
            (h1, false, 200, None, BodyEnd::Empty),
            (h1, false, 404, Sized(0), BodyEnd::Empty),
            (h1, true, 200, Sized(0), BodyEnd::Empty),
            (h1, true, 200, Stream, BodyEnd::Unsent),
            (h2, true, 200, Sized(5), BodyEnd::Unsent),
            (h1, false, 204, Sized(5), BodyEnd::AtEnd),
            (h2, false, 204, Sized(5), BodyEnd::Unsent),
            (h1, false, 304, Sized(5), BodyEnd::AtEnd),
            (h2, false, 304, Sized(5), BodyEnd::AtEnd),
        ] {
            let end = body_end(version, is_head, status, size);
            assert_eq!(end, expected, "{version:?} {is_head} {status} {size:?}");
        }
    }
}
