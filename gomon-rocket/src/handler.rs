//! Handlers that run in the scope of their request.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use gomon_http::server::RequestWatch;
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request, Route};

use crate::exchange::Exchange;
use crate::guard::Guard;
use crate::responses::route;

/// Runs a handler, its guards and its responder in the scope of the request.
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
    // Written out as `async_trait` expands it, to avoid a second box for requests that are not recorded.
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

/// A running handler.
struct Handling<'f, 'r> {
    /// Empty before the handler starts and once it is ready.
    handler: Option<Pin<Box<dyn Future<Output = Outcome<'r>> + Send + 'f>>>,
    /// Owned, because only the handler runs in the meantime. It is returned to the exchange in the drop, also after a
    /// panic.
    watch: RequestWatch,
    route: Option<&'r Route>,
    exchange: Arc<Exchange>,
}

impl<'r> Future for Handling<'_, 'r> {
    type Output = Outcome<'r>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<'r>> {
        let this = self.get_mut();
        let handler = Pin::new(&mut this.handler);
        let look = |_: &Outcome<'r>| ();
        this.watch
            .poll_inside(handler, cx, look)
            .map(|(outcome, ())| outcome)
    }
}

impl Drop for Handling<'_, '_> {
    fn drop(&mut self) {
        self.watch.drop_inside(Pin::new(&mut self.handler));
        let watch = mem::take(&mut self.watch);
        self.exchange.put_back(watch, self.route);
    }
}
