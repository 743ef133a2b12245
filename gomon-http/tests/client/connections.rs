//! Connections that are opened, reused, or opened in vain.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use gomon_http::client::{Client, MonitoredConnector, MonitoredResolver};
use http::Uri;
use http_body_util::BodyExt;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::{self};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::Service;

use crate::rig::{Body, Rig, assert_phases, holds};
use crate::site::Site;

type Boxed<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// A connector that opens one connection per permit.
#[derive(Clone)]
pub(crate) struct Gate<C> {
    inner: C,
    pub(crate) permits: Arc<Semaphore>,
}

impl<C> Gate<C> {
    pub(crate) fn new(inner: C) -> Self {
        Self {
            inner,
            permits: Arc::new(Semaphore::new(0)),
        }
    }
}

impl<C: Service<Uri, Future: Send + 'static>> Service<Uri> for Gate<C> {
    type Response = C::Response;
    type Error = C::Error;
    type Future = Boxed<C::Response, C::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let (permits, connecting) = (Arc::clone(&self.permits), self.inner.call(target));
        Box::pin(async move {
            permits.acquire().await.unwrap().forget();
            connecting.await
        })
    }
}

/// A resolver that knows this machine by one name and delays another.
#[derive(Clone)]
pub(crate) struct Names;

impl Service<Name> for Names {
    type Response = std::iter::Once<SocketAddr>;
    type Error = io::Error;
    type Future = Boxed<Self::Response, io::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move {
            tokio::task::yield_now().await;
            match name.as_str() {
                "shop.test" => Ok(std::iter::once((Ipv4Addr::LOCALHOST, 0).into())),
                "slow.test" => std::future::pending().await,
                _ => Err(io::Error::other("no such host")),
            }
        })
    }
}

pub(crate) fn named_client(
    rig: &Rig,
) -> Client<impl legacy::connect::Connect + Clone + Send + Sync + 'static, Body> {
    let tcp = HttpConnector::new_with_resolver(MonitoredResolver::new(Names));
    let builder = legacy::Client::builder(TokioExecutor::new());
    Client::new(builder.build(MonitoredConnector::new(tcp))).with_monitor(rig.monitor())
}

#[tokio::test]
async fn phases_of_a_new_connection_are_the_calls_and_the_connections() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let uri = site.named("http", "shop.test", "/fix").parse().unwrap();
    drop(
        named_client(&rig)
            .get(uri)
            .await
            .unwrap()
            .collect()
            .await
            .unwrap(),
    );
    let (call, dial) = (rig.call().await, rig.dial().await);
    assert_phases(
        &call,
        &[
            "get-conn",
            "dns-start",
            "dns-done",
            "conn-start",
            "conn-done",
            "first-byte",
        ],
    );
    assert_phases(&dial, &["dns-start", "dns-done", "conn-start", "conn-done"]);
    holds!(dial, {
        "gomon:outcome": "ok", "parent": (call["id"]), "trace": (call["trace"]), "direction": "outgoing",
    });
    assert_eq!(
        dial["url"]["host"],
        format!("shop.test:{}", site.address.port())
    );
    assert_eq!(call.get("reused"), None);
}

#[tokio::test]
async fn pooled_connection_is_reused_and_has_no_phases() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let client = rig.client();
    for _ in 0..2 {
        drop(
            client
                .get(site.uri("/fix"))
                .await
                .unwrap()
                .collect()
                .await
                .unwrap(),
        );
    }
    let calls = rig.calls().await;
    let [first, second] = &calls[..] else {
        panic!("{calls:#?}")
    };
    assert_eq!(first.get("reused"), None);
    assert_phases(
        first,
        &["get-conn", "conn-start", "conn-done", "first-byte"],
    );
    holds!(second, { "reused": true });
    assert_phases(second, &["get-conn", "first-byte"]);
    assert_eq!((site.connections(), rig.dials().await.len()), (1, 1));
}

#[tokio::test]
async fn connection_that_lost_the_race_is_its_own_event() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let gate = Gate::new(HttpConnector::new());
    let builder = legacy::Client::builder(TokioExecutor::new());
    let client: Client<_, Body> = Client::new(builder.build(MonitoredConnector::new(gate.clone())))
        .with_monitor(rig.monitor());
    gate.permits.add_permits(1);
    let first = tokio::spawn(client.get(site.uri("/slow")));
    while site.connections() == 0 {
        tokio::task::yield_now().await;
    }
    let second = tokio::spawn(client.get(site.uri("/fix")));
    // Two calls, and the connection that the second one waits for.
    rig.until_open(3).await;
    site.gate.add_permits(1);
    drop(first.await.unwrap().unwrap().collect().await.unwrap());
    drop(second.await.unwrap().unwrap().collect().await.unwrap());
    assert_eq!(rig.open(), 1, "the connection is still being opened");
    gate.permits.add_permits(1);

    let (calls, dials) = (rig.calls().await, rig.dials().await);
    let [_, second] = &calls[..] else {
        panic!("{calls:#?}")
    };
    let [_, late] = &dials[..] else {
        panic!("{dials:#?}")
    };
    holds!(second, { "gomon:outcome": "ok", "reused": true });
    assert_phases(second, &["get-conn", "first-byte"]);
    holds!(late, { "gomon:outcome": "ok", "parent": (second["id"]) });
    assert_phases(late, &["conn-start", "conn-done"]);
    let end = |event: &serde_json::Value| {
        event["gomon:start"].as_u64().unwrap() + event["gomon:lapsed"].as_u64().unwrap()
    };
    assert!(end(late) > end(second));
}

#[tokio::test]
async fn connections_of_a_client_that_is_not_watched_are_recorded() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let connector = MonitoredConnector::new(HttpConnector::new()).with_monitor(rig.monitor());
    let client = legacy::Client::builder(TokioExecutor::new()).build::<_, Body>(connector);
    drop(
        client
            .get(site.uri("/fix"))
            .await
            .unwrap()
            .collect()
            .await
            .unwrap(),
    );
    assert_eq!(rig.calls().await.len(), 0);
    let dial = rig.dial().await;
    holds!(dial, { "gomon:outcome": "ok" });
    assert_phases(&dial, &["conn-start", "conn-done"]);
}

#[tokio::test]
async fn calls_over_one_connection_of_http_2_are_reused_but_the_first() {
    let rig = Rig::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (arrived, answered) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (arrived, answered) = (Arc::clone(&arrived), Arc::clone(&answered));
            // The first call, which opened the connection, is answered last.
            let service = hyper::service::service_fn(move |_| {
                let is_first = arrived.fetch_add(1, Relaxed) == 0;
                let answered = Arc::clone(&answered);
                async move {
                    if is_first {
                        drop(answered.acquire_many(2).await);
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    } else {
                        answered.add_permits(1);
                    }
                    Ok::<_, io::Error>(http::Response::new(Body::from("hello")))
                }
            });
            let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
        }
    });
    let connector = MonitoredConnector::new(HttpConnector::new());
    let mut builder = legacy::Client::builder(TokioExecutor::new());
    let client: Client<_, Body> =
        Client::new(builder.http2_only(true).build(connector)).with_monitor(rig.monitor());
    let uri: Uri = format!("http://{address}/").parse().unwrap();
    let calls: Vec<_> = (0..3)
        .map(|_| tokio::spawn(client.get(uri.clone())))
        .collect();
    for response in calls {
        let response = response.await.unwrap().unwrap();
        assert_eq!(response.collect().await.unwrap().to_bytes(), "hello");
    }
    let (calls, dials) = (rig.calls().await, rig.dials().await);
    assert_eq!((calls.len(), dials.len()), (3, 1));
    for call in &calls {
        holds!(call, { "gomon:outcome": "ok", "proto": "HTTP/2", "response_size": 5 });
        let opened = dials[0]["parent"] == call["id"];
        assert_eq!(call["reused"] == true, !opened, "{call:#}");
    }
}
