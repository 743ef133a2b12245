//! TLS configurations with a self-signed certificate for tests.

#![allow(clippy::expect_used, reason = "a test helper fails by panicking")]

use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// Returns configurations of a server for `localhost` and of a client that trusts only this server.
///
/// # Panics
///
/// Panics if no certificate can be generated.
///
/// # Examples
///
/// ```
/// let (server, client) = integration::localhost_tls();
/// # drop((server, client));
/// ```
#[must_use]
pub fn localhost_tls() -> (ServerConfig, ClientConfig) {
    let generated =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let certificate = generated.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(generated.signing_key.serialize_der().into());
    let server = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("supported protocol versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .expect("a matching key");
    let mut roots = RootCertStore::empty();
    roots.add(certificate).expect("a certificate");
    (server, client_with(roots))
}

/// Returns the configuration of a client without trusted roots.
///
/// # Panics
///
/// Panics if the crypto provider supports no protocol version.
#[must_use]
pub fn distrustful_tls() -> ClientConfig {
    client_with(RootCertStore::empty())
}

fn client_with(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("supported protocol versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
