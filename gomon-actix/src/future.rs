//! Response future, which runs the handler.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServiceResponse;
use gomon_http::server::RequestWatch;
use pin_project_lite::pin_project;

use crate::MonitoredBody;
use crate::response::watched;
use crate::routes::RouteGuess;

pin_project! {
    /// Response future of a monitored service. The handler runs in the scope of the request's event, which continues
    /// with the response's body.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        // Empty once the future is ready.
        #[pin]
        inner: Option<F>,
        watch: RequestWatch,
        guess: Option<RouteGuess>,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.watch.drop_inside(this.inner);
            if let Some(guess) = this.guess {
                guess.apply(this.watch);
            }
        }
    }
}

impl<F> ResponseFuture<F> {
    /// Wraps the future that `call` returns. The call itself is recorded, too, because it may panic.
    pub(crate) fn new(
        watch: RequestWatch,
        guess: Option<RouteGuess>,
        call: impl FnOnce() -> F,
    ) -> Self {
        let mut future = Self {
            inner: None,
            watch,
            guess,
        };
        future.inner = Some(future.watch.run(call));
        future
    }
}

impl<F, B> Future for ResponseFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<MonitoredBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let size = |result: &F::Output| match result {
            Ok(response) => response.response().body().size(),
            Err(_) => BodySize::None,
        };
        let (result, size) = ready!(this.watch.poll_inside(this.inner, cx, size));
        let mut watch = std::mem::take(this.watch);
        Poll::Ready(match result {
            Ok(response) => Ok(watched(response, size, watch)),
            Err(error) => {
                if let Some(guess) = this.guess {
                    guess.apply(&mut watch);
                }
                let status = watch.run(|| error.as_response_error().status_code());
                watch.answer_later(status.as_u16(), &error, None);
                Err(error)
            }
        })
    }
}
