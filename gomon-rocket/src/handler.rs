//! A route's handler that runs in the scope of its request.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use gomon_http::server::RequestWatch;
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request, Route};

use crate::exchange::Exchange;
use crate::guard::Guard;
use crate::responses::route;

/// Runs the handler inside, with its guards and the making of its response, in the scope of the request.
#[derive(Clone)]
pub(crate) struct MonitoredHandler {
    inner: Box<dyn Handler>,
}

impl MonitoredHandler {
    pub(crate) fn new(inner: Box<dyn Handler>) -> Self {
        Self { inner }
    }
}

impl Handler for MonitoredHandler {
    // What `async_trait` makes of the method, without a second box where there is nothing to watch.
    fn handle<'r, 's, 'q, 'f>(
        &'s self,
        request: &'r Request<'q>,
        data: Data<'r>,
    ) -> Pin<Box<dyn Future<Output = Outcome<'r>> + Send + 'f>>
    where
        'r: 'f,
        's: 'f,
        'q: 'f,
        Self: 'f,
    {
        let Some(exchange) = Guard::of(request) else {
            return self.inner.handle(request, data);
        };
        let mut handling = Handling {
            handler: None,
            watch: exchange.request().unwrap_or_default(),
            route: request.route(),
            exchange,
        };
        handling.watch.set_route(route(request));
        handling.handler = Some(handling.watch.run(|| self.inner.handle(request, data)));
        Box::pin(handling)
    }
}

/// A handler at work.
struct Handling<'f, 'r> {
    /// Empty before it is made and once it is ready.
    handler: Option<Pin<Box<dyn Future<Output = Outcome<'r>> + Send + 'f>>>,
    /// Nobody but the handler runs in the meantime, so that it is not shared; it is given back, also by panic.
    watch: RequestWatch,
    route: Option<&'r Route>,
    exchange: Arc<Exchange>,
}

impl<'r> Future for Handling<'_, 'r> {
    type Output = Outcome<'r>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<'r>> {
        let this = self.get_mut();
        let handler = &mut this.handler;
        this.watch.poll(|| {
            let Some(running) = handler else {
                // Polled after it was ready, which a future may answer as it likes.
                return Poll::Pending;
            };
            let outcome = ready!(running.as_mut().poll(cx));
            *handler = None;
            Poll::Ready(outcome)
        })
    }
}

impl Drop for Handling<'_, '_> {
    fn drop(&mut self) {
        let handler = &mut self.handler;
        if handler.is_some() {
            self.watch.run(|| *handler = None);
        }
        let watch = mem::take(&mut self.watch);
        self.exchange.give_back(watch, self.route);
    }
}
