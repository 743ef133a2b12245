//! Watched connectors.

use std::any::Any;
use std::fmt::Display;
use std::task::{Context, Poll};

use gomon_core::adapter::{UrlParts, keys};
use gomon_core::{Monitor, Value, current};
use http::Uri;
use tower_layer::Layer;
use tower_service::Service;

use super::dial::{Dial, DialFuture};
use super::phase::{CALL, DIAL};
use crate::server::Setup;

/// Records each connection that a connector opens as an event, and its phases in the call that it is opened for.
///
/// The inner connector of a TLS connector marks when the handshake begins, the outer one when it is done. Wrap both:
/// `MonitoredConnector::new(tls(MonitoredConnector::new(tcp)))` records one event.
///
/// # Examples
///
/// ```
/// use gomon_http::client::MonitoredConnector;
/// use http::Uri;
/// use tower::service_fn;
///
/// let connector = MonitoredConnector::new(service_fn(async |target: Uri| {
///     std::net::TcpStream::connect((target.host().unwrap_or_default(), 80))
/// }));
/// # drop(connector);
/// ```
#[derive(Clone, Debug)]
pub struct MonitoredConnector<C> {
    inner: C,
    setup: Setup,
}

impl<C> MonitoredConnector<C> {
    /// Wraps a connector.
    pub fn new(connector: C) -> Self {
        Self {
            inner: connector,
            setup: Setup::new(),
        }
    }

    /// Pins the monitor for connections that are opened outside a call, such as by a client that is not watched.
    #[must_use]
    pub fn with_monitor(self, monitor: Monitor) -> Self {
        Self {
            setup: self.setup.with_monitor(monitor),
            ..self
        }
    }

    /// Returns the recording of a connection to `target`.
    fn dial(&self, target: &dyn Any) -> Dial {
        let target = target.downcast_ref::<Uri>();
        let is_tls = target.and_then(Uri::scheme_str) == Some("https");
        let found = current(|tracker| match tracker.fingerprint() {
            DIAL => Some(Dial::Below { is_tls }),
            CALL => Some(Dial::of_call(tracker)),
            _ => None,
        });
        let mut dial = match found.flatten() {
            Some(dial) => dial,
            None => Dial::alone(self.setup.tracker(DIAL)),
        };
        if let (Dial::Own { tracker, .. }, Some(target)) = (&mut dial, target) {
            let parts = UrlParts::default()
                .with_scheme(target.scheme_str())
                .with_host(target.authority().map(http::uri::Authority::as_str));
            tracker.set(keys::URL, Value::url(parts));
        }
        dial
    }
}

impl<C, T> Service<T> for MonitoredConnector<C>
where
    C: Service<T>,
    C::Error: Display + 'static,
    T: 'static,
{
    type Response = C::Response;
    type Error = C::Error;
    type Future = DialFuture<C::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, target: T) -> Self::Future {
        let dial = self.dial(&target);
        let inner = &mut self.inner;
        DialFuture::start(dial, || inner.call(target))
    }
}

/// Wraps connectors in [`MonitoredConnector`], for clients built from layers: see reqwest's `connector_layer`.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "reqwest")] {
/// let builder = reqwest::Client::builder().connector_layer(gomon_http::client::MonitoringConnectorLayer::new());
/// # drop(builder); }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MonitoringConnectorLayer {
    setup: Setup,
}

impl MonitoringConnectorLayer {
    /// Creates a layer that uses the global monitor.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Pins the monitor, as [`MonitoredConnector::with_monitor`].
    #[must_use]
    pub fn with_monitor(self, monitor: Monitor) -> Self {
        Self {
            setup: self.setup.with_monitor(monitor),
        }
    }
}

impl<C> Layer<C> for MonitoringConnectorLayer {
    type Service = MonitoredConnector<C>;

    fn layer(&self, inner: C) -> Self::Service {
        MonitoredConnector {
            inner,
            setup: self.setup.clone(),
        }
    }
}
