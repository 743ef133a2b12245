//! A framework that answers to the suite.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::thread;

use gomon_core::Monitor;
use gomon_http::HttpConfig;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::Site;

/// A web framework under test.
pub trait Subject: Sync {
    /// What the report calls it.
    fn name(&self) -> &'static str;

    /// The fingerprint of its events.
    fn fingerprint(&self) -> &'static str;

    /// Where its design keeps it from what the suite expects of all others.
    fn deviations(&self) -> &'static [Deviation] {
        &[]
    }

    /// How it writes the template of a page, which is [`Page::path`](crate::Page::path) with `{…}` for what may be anything.
    fn template(&self, path: &str) -> String {
        path.to_owned()
    }

    /// Serves every [`Page`](crate::Page), as its user would write it, until the server is dropped.
    fn start(&self, setup: Setup) -> Server;
}

/// What a server is started with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What its pages do.
    pub site: Site,
    /// How it is monitored; `None` for the bare twin, which has no trace of it.
    pub monitoring: Option<Monitoring>,
}

/// How a server is monitored.
#[derive(Clone, Debug)]
pub struct Monitoring {
    /// For `with_monitor`.
    pub monitor: Monitor,
    /// For `with_config`.
    pub config: HttpConfig,
}

/// What a framework's design makes of a case. The suite asserts the deviating form, and fails a subject
/// that declares a deviation which it does not show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deviation {
    /// A handler runs to its end although the client is gone: the event is cancelled at the head, with a response code.
    HandlerOutlivesClient,
    /// A client that leaves an HTTP/1.1 connection before the head is not noticed at all: the event is ok.
    LossBeforeHeadUnseen,
    /// A request of a known path with a wrong method gets 404 and no route.
    WrongMethodIsNotFound,
    /// A connection is handed over for WebSocket only, not for other protocols.
    OnlyWebSocketUpgrades,
    /// A 304 over HTTP/1.1 is sent with the body that the handler gave.
    BodyAfterNotModified,
    /// A method that no RFC knows is refused with 400 before any middleware: there is no event.
    UnknownMethodUnseen,
    /// Bodies have no trailers.
    NoTrailers,
    /// A body that breaks looks complete to the client.
    BrokenBodyLooksComplete,
    /// A panic in a handler is answered with 500.
    PanicIsAnswered,
    /// A panic in a handler is told as an error, since nobody but the framework sees it.
    PanicIsAnError,
    /// What the handler of a page that is left out opens is recorded.
    LeftOutIsHeard,
    /// Headers are text: others never reach the application.
    HeadersAreText,
    /// Nobody routes before the handler: events have no route.
    NoRoutes,
    /// The bytes of a request's body are not counted.
    RequestSizeUnknown,
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Runs `serve` on a tokio runtime of its own with two workers.
    ///
    /// # Panics
    ///
    /// When there is no address or no thread to be had.
    ///
    /// # Examples
    ///
    /// ```
    /// let server = behaviour::Server::on_tokio(|listener| async move {
    ///     while listener.accept().await.is_ok() {}
    /// });
    /// assert!(server.address().port() > 0);
    /// ```
    pub fn on_tokio<F>(serve: impl FnOnce(TcpListener) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()>,
    {
        Self::on_thread(move |listener, stop| {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener for tokio");
                tokio::select! {
                    () = serve(listener) => {}
                    _ = stop => {}
                }
            });
        })
    }

    /// Runs `serve` on a thread of its own, for frameworks with a runtime of their own; it returns once `stop` resolves.
    ///
    /// # Panics
    ///
    /// When there is no address or no thread to be had.
    pub fn on_thread(
        serve: impl FnOnce(std::net::TcpListener, oneshot::Receiver<()>) + Send + 'static,
    ) -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("an address");
        listener
            .set_nonblocking(true)
            .expect("a listener that does not block");
        let address = listener.local_addr().expect("a bound address");
        Self::binding(move |bound, stop| {
            // The one who waits for it is gone only if this panics.
            let _ = bound.send(address);
            serve(listener, stop);
        })
    }

    /// As [`on_thread`](Self::on_thread), for frameworks that bind their address themselves: `serve` tells it.
    ///
    /// # Panics
    ///
    /// When there is no thread to be had, or the address is not told.
    pub fn binding(
        serve: impl FnOnce(mpsc::Sender<SocketAddr>, oneshot::Receiver<()>) + Send + 'static,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (bound, address) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("server".to_owned())
            .spawn(move || serve(bound, stopped))
            .expect("a thread");
        let address = address.recv().expect("the server tells its address");
        Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // A server that failed is no longer there to be told.
            let _ = stop.send(());
        }
        let ended = self.thread.take().map(thread::JoinHandle::join);
        if matches!(ended, Some(Err(_))) && !thread::panicking() {
            panic!("the server's thread panicked");
        }
    }
}
