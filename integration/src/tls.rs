//! TLS with a certificate that is made for a test.

#![allow(clippy::expect_used, reason = "what tests share fails as they do")]

use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// A server that is `localhost`, and a client that trusts it alone.
///
/// # Panics
///
/// Where no certificate can be made.
///
/// # Examples
///
/// ```
/// let (server, client) = integration::localhost_tls();
/// # drop((server, client));
/// ```
#[must_use]
pub fn localhost_tls() -> (ServerConfig, ClientConfig) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let server = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("versions that the provider has")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .expect("its own key");
    let mut roots = RootCertStore::empty();
    roots.add(certificate).expect("a certificate");
    (server, client_that_trusts(roots))
}

/// A client that trusts nobody.
///
/// # Panics
///
/// Never, as long as its provider has versions.
///
/// # Examples
///
/// ```
/// let client = integration::distrustful_tls();
/// # drop(client);
/// ```
#[must_use]
pub fn distrustful_tls() -> ClientConfig {
    client_that_trusts(RootCertStore::empty())
}

fn client_that_trusts(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("versions that the provider has")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
