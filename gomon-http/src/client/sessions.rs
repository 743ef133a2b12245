//! Watched TLS session store of rustls.

use std::sync::Arc;

use gomon_core::adapter::keys;
use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;

use super::phase::{mark_first, opening};

/// A store of TLS sessions that marks when a handshake begins.
///
/// Use it for clients that hide the connection below TLS, such as reqwest. rustls looks up a session when the
/// connection is established, before the first message of the handshake.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use gomon_http::client::MonitoredSessions;
/// use rustls::client::{ClientSessionMemoryCache, Resumption};
///
/// # fn watch(config: &mut rustls::ClientConfig) {
/// // As rustls's default, for 256 servers.
/// let sessions = Arc::new(ClientSessionMemoryCache::new(256));
/// config.resumption = Resumption::store(Arc::new(MonitoredSessions::new(sessions)));
/// // … and then `reqwest::Client::builder().tls_backend_preconfigured(config)`
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct MonitoredSessions {
    inner: Arc<dyn ClientSessionStore>,
}

impl MonitoredSessions {
    /// Wraps a store.
    #[must_use]
    pub fn new(sessions: Arc<dyn ClientSessionStore>) -> Self {
        Self { inner: sessions }
    }
}

/// Marks the beginning of a handshake over an established connection.
fn begin() {
    opening(|tracker| {
        mark_first(tracker, keys::CONN_DONE);
        mark_first(tracker, keys::TLS_HAND_START);
    });
}

impl ClientSessionStore for MonitoredSessions {
    fn set_kx_hint(&self, server: ServerName<'static>, group: NamedGroup) {
        self.inner.set_kx_hint(server, group);
    }

    fn kx_hint(&self, server: &ServerName<'_>) -> Option<NamedGroup> {
        self.inner.kx_hint(server)
    }

    fn set_tls12_session(&self, server: ServerName<'static>, session: Tls12ClientSessionValue) {
        self.inner.set_tls12_session(server, session);
    }

    fn tls12_session(&self, server: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        begin();
        self.inner.tls12_session(server)
    }

    fn remove_tls12_session(&self, server: &ServerName<'static>) {
        self.inner.remove_tls12_session(server);
    }

    fn insert_tls13_ticket(&self, server: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        self.inner.insert_tls13_ticket(server, ticket);
    }

    fn take_tls13_ticket(&self, server: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        begin();
        self.inner.take_tls13_ticket(server)
    }
}
