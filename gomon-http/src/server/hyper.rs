//! Implementation of hyper's `Service`, without tower.

use std::fmt::Display;

use ::hyper::service::Service;
use http::{Request, Response};
use http_body::Body;

use super::service::{MonitoringService, start};
use crate::server::{Framework, ResponseBody, ResponseFuture};

impl<S, F, ReqBody, ResBody> Service<Request<ReqBody>> for MonitoringService<S, F>
where
    F: Framework<ReqBody> + ResponseBody<ResBody>,
    S: Service<Request<<F as Framework<ReqBody>>::Body>, Response = Response<ResBody>>,
    S::Error: Display + 'static,
    ResBody: Body,
{
    type Response = Response<<F as ResponseBody<ResBody>>::Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, F>;

    fn call(&self, request: Request<ReqBody>) -> Self::Future {
        start(&self.setup, request, |request| self.inner.call(request))
    }
}
