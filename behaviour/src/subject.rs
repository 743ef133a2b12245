//! Interface of a framework under test.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::thread;

use gomon_core::Monitor;
use gomon_http::HttpConfig;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::Site;
use crate::ledger::Ledger;

/// A web framework under test.
pub trait Subject: Sync {
    /// Returns the name used in reports.
    fn name(&self) -> &'static str;

    /// Returns the fingerprint of its events.
    fn fingerprint(&self) -> &'static str;

    /// Returns where its design deviates from what the suite expects.
    fn deviations(&self) -> &'static [Deviation] {
        &[]
    }

    /// Converts a page template to the framework's syntax; [`Page::path`](crate::Page::path) uses `{…}` for parameters.
    fn template(&self, path: &str) -> String {
        path.to_owned()
    }

    /// Starts a server for every [`Page`](crate::Page), written as a user of the framework would.
    fn start(&self, setup: Setup) -> Server;
}

/// The input of [`Subject::start`].
#[derive(Clone, Debug)]
pub struct Setup {
    /// Implementation of the pages.
    pub site: Site,
    /// How the server is monitored; `None` for a server without monitoring.
    pub monitoring: Option<Monitoring>,
}

impl Setup {
    pub(crate) fn monitored(ledger: Ledger, config: HttpConfig) -> Self {
        let monitor = ledger.monitor;
        Self {
            site: Site::new(ledger),
            monitoring: Some(Monitoring { monitor, config }),
        }
    }

    pub(crate) fn unmonitored() -> Self {
        Self {
            site: Site::default(),
            monitoring: None,
        }
    }
}

/// How a server is monitored.
#[derive(Clone, Debug)]
pub struct Monitoring {
    /// Argument of `with_monitor`.
    pub monitor: Monitor,
    /// Argument of `with_config`.
    pub config: HttpConfig,
}

/// A deviation from the expected results that follows from a framework's design.
///
/// The suite asserts the deviating result. It fails if a subject declares a deviation that no case asserts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deviation {
    /// A handler completes although the client is gone: the event is cancelled at the head, with a response code.
    HandlerOutlivesClient,
    /// A closed HTTP/1.1 connection is not noticed before the head: the event is ok.
    LossBeforeHeadUnseen,
    /// A wrong method on a known path gets 404 and no route.
    WrongMethodIsNotFound,
    /// Connections can be upgraded to WebSocket only.
    OnlyWebSocketUpgrades,
    /// A 304 over HTTP/1.1 is sent with the handler's body.
    BodyAfterNotModified,
    /// An unknown method is rejected with 400 before any middleware: there is no event.
    UnknownMethodUnseen,
    /// Bodies have no trailers.
    NoTrailers,
    /// A body that fails looks complete to the client.
    BrokenBodyLooksComplete,
    /// A panic in a handler is answered with 500.
    PanicIsAnswered,
    /// A panic in a handler is recorded as an error, because only the framework sees it.
    PanicIsAnError,
    /// Trackers opened by the handler of an excluded page are recorded.
    ExcludedIsRecorded,
    /// Headers that are not UTF-8 never reach the application.
    HeadersAreText,
    /// There is no router: events have no route.
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
    /// Runs `serve` on a new tokio runtime with two worker threads.
    ///
    /// # Panics
    ///
    /// Panics if no address can be bound or no thread can be started.
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

    /// Runs `serve` on a new thread, for frameworks that start their own runtime.
    ///
    /// `serve` must return once `stop` resolves.
    ///
    /// # Panics
    ///
    /// Panics if no address can be bound or no thread can be started.
    pub fn on_thread(
        serve: impl FnOnce(std::net::TcpListener, oneshot::Receiver<()>) + Send + 'static,
    ) -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("an address");
        listener
            .set_nonblocking(true)
            .expect("a listener that does not block");
        let address = listener.local_addr().expect("a bound address");
        Self::binding(move |bound, stop| {
            // The receiver is dropped only if this thread's owner panics.
            let _ = bound.send(address);
            serve(listener, stop);
        })
    }

    /// Runs `serve` on a new thread, for frameworks that bind their own address.
    ///
    /// `serve` must send the address, and return once `stop` resolves.
    ///
    /// # Panics
    ///
    /// Panics if no thread can be started, or if no address is sent.
    pub fn binding(
        serve: impl FnOnce(mpsc::Sender<SocketAddr>, oneshot::Receiver<()>) + Send + 'static,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (bound, address) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("server".to_owned())
            .spawn(move || serve(bound, stopped))
            .expect("a thread");
        let address = address.recv().expect("an address from the server");
        Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Returns the address of the server.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The receiver is gone if the server failed.
            let _ = stop.send(());
        }
        let ended = self.thread.take().map(thread::JoinHandle::join);
        if matches!(ended, Some(Err(_))) && !thread::panicking() {
            panic!("the server's thread panicked");
        }
    }
}
