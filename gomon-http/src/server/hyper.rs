//! Implementation of hyper's `Service`, without tower.

use std::fmt::Display;

use ::hyper::service::Service;
use http::{Request, Response};
use http_body::Body;

use super::service::{MonitoringService, begin};
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

    fn call(&self, mut request: Request<ReqBody>) -> Self::Future {
        let mut watch = begin::<F, _>(&self.setup, &mut request);
        let mut request = Some(F::admit(request, watch.request_size()));
        let future = watch.run(|| request.take().map(|request| self.inner.call(request)));
        ResponseFuture::new(future, watch)
    }
}
