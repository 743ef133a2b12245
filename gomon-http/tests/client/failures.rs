//! Calls without a response, or with a truncated one.

use std::net::TcpListener;

use http::Uri;
use http_body_util::BodyExt;

use crate::connections::named_client;
use crate::rig::{Rig, assert_phases, holds, kind};
use crate::site::Site;

#[tokio::test]
async fn refused() {
    let rig = Rig::new();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let uri: Uri = format!("http://{free}/").parse().unwrap();
    let error = rig.client().get(uri).await.unwrap_err();
    assert!(error.is_connect(), "the client's own error");
    let (call, dial) = (rig.call().await, rig.dial().await);
    for event in [&call, &dial] {
        holds!(event, { "gomon:outcome": "error" });
        assert_eq!(kind(event), "connect");
        let message = event["error"][0]["message"].as_str().unwrap();
        assert!(message.contains("onnection refused"), "{message}");
    }
    assert_phases(&call, &["get-conn", "conn-start"]);
    assert_eq!(
        (call.get("response_code"), call.get("response_size")),
        (None, None)
    );
    assert_eq!(call["request_size"], 0);
}

#[tokio::test]
async fn unknown_name() {
    let rig = Rig::new();
    let error = named_client(&rig)
        .get("http://nowhere.test/".parse().unwrap())
        .await;
    assert!(error.unwrap_err().is_connect());
    let (call, dial) = (rig.call().await, rig.dial().await);
    for event in [&call, &dial] {
        holds!(event, { "gomon:outcome": "error" });
        assert_eq!(kind(event), "dns");
        let message = event["error"][0]["message"].as_str().unwrap();
        assert!(message.ends_with("dns error: no such host"), "{message}");
    }
    assert_phases(&call, &["get-conn", "dns-start"]);
}

#[tokio::test]
async fn response_that_is_not_http() {
    let (rig, site) = (Rig::new(), Site::open().await);
    assert!(rig.client().get(site.uri("/garbage")).await.is_err());
    let event = rig.call().await;
    holds!(event, { "gomon:outcome": "error" });
    assert_eq!(kind(&event), "request");
}

#[tokio::test]
async fn body_cut_short() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let response = rig.client().get(site.uri("/cut")).await.unwrap();
    let error = response.into_body().collect().await.unwrap_err();
    assert!(
        error.is_incomplete_message() || error.to_string().contains("body"),
        "{error:?}"
    );
    let event = rig.call().await;
    holds!(event, { "gomon:outcome": "error", "response_code": 200, "response_size": 5 });
    assert_eq!(kind(&event), "body");
}

#[tokio::test]
async fn waiter_for_a_connection_that_another_call_gave_up() {
    use gomon_http::client::{Client, MonitoredConnector};
    use hyper_util::client::legacy::{self, connect::HttpConnector};
    use hyper_util::rt::TokioExecutor;

    use crate::connections::Gate;
    use crate::rig::Body;

    let (rig, site) = (Rig::new(), Site::open().await);
    let gate = Gate::new(HttpConnector::new());
    let mut builder = legacy::Client::builder(TokioExecutor::new());
    let client: Client<_, Body> = Client::new(
        builder
            .http2_only(true)
            .build(MonitoredConnector::new(gate)),
    )
    .with_monitor(rig.monitor());
    let opener = tokio::spawn(client.get(site.uri("/a")));
    rig.until_open(2).await;
    let waiter = tokio::spawn(client.get(site.uri("/b")));
    rig.until_open(3).await;
    tokio::task::yield_now().await;
    opener.abort();
    let error = waiter.await.unwrap().unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    let calls = rig.calls().await;
    let [opener, waiter] = &calls[..] else {
        panic!("{calls:#?}")
    };
    holds!(opener, { "gomon:outcome": "cancelled", "aborted": "connect" });
    holds!(waiter, { "gomon:outcome": "error" });
    assert_eq!(kind(waiter), "cancelled");
}
