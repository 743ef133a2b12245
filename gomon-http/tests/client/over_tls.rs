//! TLS with a certificate of the test.

use std::sync::Arc;

use gomon_http::client::{
    Client, MonitoredClient, MonitoredConnector, MonitoredResolver, MonitoredSessions,
    MonitoringConnectorLayer, SystemResolver,
};
use http_body_util::BodyExt;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use integration::distrustful_tls;
use rustls::ClientConfig;
use rustls::client::{ClientSessionMemoryCache, Resumption};
use tokio_rustls::TlsAcceptor;

use crate::rig::{Body, Rig, assert_phases, holds, kind};
use crate::site::Site;

const ALL: &[&str] = &[
    "get-conn",
    "dns-start",
    "dns-done",
    "conn-start",
    "conn-done",
    "tls-hand-start",
    "tls-hand-done",
    "first-byte",
];

/// A server for `localhost`, and the certificates that its clients trust.
async fn site() -> (Site, ClientConfig) {
    let (server, client) = integration::localhost_tls();
    let site = Site::with(Some(TlsAcceptor::from(Arc::new(server)))).await;
    (site, client)
}

fn tcp() -> HttpConnector<MonitoredResolver<legacy::connect::dns::GaiResolver>> {
    let resolver = MonitoredResolver::new(legacy::connect::dns::GaiResolver::new());
    let mut tcp = HttpConnector::new_with_resolver(resolver);
    tcp.enforce_http(false);
    tcp
}

#[tokio::test]
async fn every_phase_of_a_connection_with_tls() {
    let (rig, (site, tls)) = (Rig::new(), site().await);
    let connector = HttpsConnector::from((MonitoredConnector::new(tcp()), tls));
    let builder = legacy::Client::builder(TokioExecutor::new());
    let client: Client<_, Body> =
        Client::new(builder.build(MonitoredConnector::new(connector))).with_monitor(rig.monitor());
    for _ in 0..2 {
        let uri = site.named("https", "localhost", "/fix").parse().unwrap();
        drop(client.get(uri).await.unwrap().collect().await.unwrap());
    }
    let calls = rig.calls().await;
    let [first, second] = &calls[..] else {
        panic!("{calls:#?}")
    };
    assert_phases(first, ALL);
    assert_phases(second, &["get-conn", "first-byte"]);
    holds!(second, { "reused": true });
    holds!(first["url"], { "scheme": "https" });
    let dial = rig.dial().await;
    holds!(dial, { "gomon:outcome": "ok", "parent": (first["id"]) });
    assert_phases(&dial, &ALL[1..7]);
}

#[tokio::test]
async fn untrusted_certificate() {
    let (rig, (site, _)) = (Rig::new(), site().await);
    let tls = distrustful_tls();
    let connector = HttpsConnector::from((MonitoredConnector::new(tcp()), tls));
    let builder = legacy::Client::builder(TokioExecutor::new());
    let client: Client<_, Body> =
        Client::new(builder.build(MonitoredConnector::new(connector))).with_monitor(rig.monitor());
    let uri = site.named("https", "localhost", "/fix").parse().unwrap();
    assert!(client.get(uri).await.unwrap_err().is_connect());
    let (call, dial) = (rig.call().await, rig.dial().await);
    for event in [&call, &dial] {
        holds!(event, { "gomon:outcome": "error" });
        assert_eq!(kind(event), "tls", "{event:#}");
        let message = event["error"][0]["message"].as_str().unwrap();
        assert!(message.contains("certificate"), "{message}");
    }
    assert_phases(&call, &ALL[..6]);
}

#[tokio::test]
async fn server_that_speaks_no_tls() {
    let (rig, (_, tls)) = (Rig::new(), site().await);
    let plain = Site::open().await;
    // Only the inner connector is watched: the connection is established, then the call fails.
    let connector = HttpsConnector::from((MonitoredConnector::new(tcp()), tls));
    let builder = legacy::Client::builder(TokioExecutor::new());
    let client: Client<_, Body> = Client::new(builder.build(connector)).with_monitor(rig.monitor());
    let uri = plain.named("https", "localhost", "/fix").parse().unwrap();
    let call = tokio::spawn(client.get(uri));
    // The server waits for the end of a request head that TLS never sends.
    rig.until_open(1).await;
    while plain.connections() == 0 {
        tokio::task::yield_now().await;
    }
    call.abort();
    drop(call.await);
    holds!(rig.call().await, { "gomon:outcome": "cancelled" });
}

#[tokio::test]
async fn reqwest_records_every_phase_too() {
    let (rig, (site, mut tls)) = (Rig::new(), site().await);
    let sessions = Arc::new(ClientSessionMemoryCache::new(8));
    tls.resumption = Resumption::store(Arc::new(MonitoredSessions::new(sessions)));
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connector_layer(MonitoringConnectorLayer::new())
        .dns_resolver(MonitoredResolver::new(SystemResolver::new()))
        .no_proxy()
        .build()
        .unwrap();
    let client = MonitoredClient::new(http.clone()).with_monitor(rig.monitor());
    for _ in 0..2 {
        let request = http
            .get(site.named("https", "localhost", "/fix"))
            .build()
            .unwrap();
        assert_eq!(
            client.execute(request).await.unwrap().text().await.unwrap(),
            "hello"
        );
    }
    let calls = rig.calls().await;
    let [first, second] = &calls[..] else {
        panic!("{calls:#?}")
    };
    assert_phases(first, ALL);
    assert_phases(second, &["get-conn", "first-byte"]);
    holds!(second, { "reused": true });
    assert_phases(&rig.dial().await, &ALL[1..7]);
}

#[tokio::test]
async fn reqwest_distinguishes_a_bad_certificate_from_a_refusal() {
    for watches_sessions in [true, false] {
        let (rig, (site, _)) = (Rig::new(), site().await);
        let mut tls = distrustful_tls();
        if watches_sessions {
            let sessions = Arc::new(ClientSessionMemoryCache::new(8));
            tls.resumption = Resumption::store(Arc::new(MonitoredSessions::new(sessions)));
        }
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connector_layer(MonitoringConnectorLayer::new())
            .no_proxy()
            .build()
            .unwrap();
        let client = MonitoredClient::new(http.clone()).with_monitor(rig.monitor());
        let request = http
            .get(site.named("https", "localhost", "/?token=hunter2"))
            .build();
        assert!(
            client
                .execute(request.unwrap())
                .await
                .unwrap_err()
                .is_connect()
        );
        let (call, dial) = (rig.call().await, rig.dial().await);
        assert_eq!((kind(&call), kind(&dial)), ("tls", "tls"), "{call:#}");
        assert!(!call.to_string().contains("hunter2"), "{call:#}");
    }
}
