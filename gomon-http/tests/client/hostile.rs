//! Hostile servers.

use http_body_util::BodyExt;

use crate::rig::{Rig, holds, kind};
use crate::site::Site;
use gomon_http::HttpConfig;

fn everything() -> HttpConfig {
    HttpConfig::default()
        .with_request_headers(["*"])
        .with_response_headers(["*"])
}

#[tokio::test]
async fn huge_and_many_headers_leave_a_bounded_event() {
    for path in ["/huge", "/many"] {
        let (rig, site) = (Rig::new(), Site::open().await);
        let client = rig.client().with_config(everything());
        let response = client.get(site.uri(path)).await.unwrap();
        assert!(response.headers().len() > 1, "the host sees all");
        drop(response.collect().await.unwrap());
        let event = rig.call().await;
        holds!(event, { "gomon:outcome": "ok", "response_size": 5 });
        assert!(
            event.to_string().len() < 64 * 1024,
            "{}",
            event.to_string().len()
        );
    }
}

#[tokio::test]
async fn secrets_of_the_server_are_redacted_though_every_header_is_listed() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let client = rig.client().with_config(everything());
    drop(
        client
            .get(site.uri("/secret"))
            .await
            .unwrap()
            .collect()
            .await
            .unwrap(),
    );
    let event = rig.call().await;
    holds!(event["response_headers"], { "set-cookie": ["[redacted]"], "authorization": ["[redacted]"] });
    assert!(!event.to_string().contains("hunter2"));
}

#[tokio::test]
async fn bytes_that_are_not_text_are_escaped() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let client = rig.client().with_config(everything());
    drop(
        client
            .get(site.uri("/hostile"))
            .await
            .unwrap()
            .collect()
            .await
            .unwrap(),
    );
    // It parsed as JSON, and the response of the host was unchanged.
    holds!(rig.call().await, { "gomon:outcome": "ok", "response_code": 200 });
}

#[tokio::test]
async fn length_that_is_not_a_number_is_an_error_of_the_client() {
    let (rig, site) = (Rig::new(), Site::open().await);
    assert!(rig.client().get(site.uri("/lying")).await.is_err());
    let event = rig.call().await;
    holds!(event, { "gomon:outcome": "error" });
    assert_eq!(kind(&event), "request");
}

#[tokio::test]
async fn user_in_the_url_is_not_recorded() {
    let (rig, site) = (Rig::new(), Site::open().await);
    let uri = format!("http://me:hunter2@{}/fix", site.address)
        .parse()
        .unwrap();
    drop(
        rig.client()
            .get(uri)
            .await
            .unwrap()
            .collect()
            .await
            .unwrap(),
    );
    let events = rig.events().await;
    assert!(!format!("{events:?}").contains("hunter2"), "{events:#?}");
}
