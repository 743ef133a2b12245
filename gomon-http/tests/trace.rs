//! Two services in a row, over real sockets, are one trace.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use gomon_core::{Monitor, Recorder, Running, Sampling};
use gomon_http::{HttpConfig, TracePolicy};
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use serde_json::Value;
use tokio::net::TcpListener;

type Answer = Result<Response<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>>;

/// A service with its own monitor, as in its own process.
struct Service {
    running: Running,
    recorder: Recorder,
    address: SocketAddr,
}

impl Service {
    /// A service that calls the next one, if any, and responds with the headers of its request.
    async fn start(policy: TracePolicy, next: Option<Uri>) -> Self {
        Self::sampled(policy, next, 1.0).await
    }

    async fn sampled(policy: TracePolicy, next: Option<Uri>, rate: f64) -> Self {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .config(HttpConfig::default().with_trace_policy(policy))
            .config(Sampling::default().with_rate(rate))
            .listener(recorder.listener())
            .build()
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = gomon_http::client::<Full<Bytes>>().with_monitor(running.monitor());
        let service = service_fn(move |request: Request<Incoming>| {
            let (client, next) = (client.clone(), next.clone());
            async move { answer(&request, client, next).await }
        });
        let server = gomon_http::serve(listener, service).with_monitor(running.monitor());
        tokio::spawn(server.into_future());
        Self {
            running,
            recorder,
            address,
        }
    }

    fn uri(&self) -> Uri {
        format!("http://{}/", self.address).parse().unwrap()
    }

    async fn event(&self, fingerprint: &str) -> Value {
        while self.running.monitor().health().open > 0 {
            tokio::task::yield_now().await;
        }
        self.running.monitor().flush(Duration::from_secs(30));
        let events = self.recorder.events();
        let mut found = events
            .iter()
            .filter(|event| event.as_event().fingerprint() == fingerprint);
        let event = found.next().expect(fingerprint);
        assert!(found.next().is_none());
        serde_json::from_str(&event.to_json()).unwrap()
    }
}

async fn answer(
    request: &Request<Incoming>,
    client: gomon_http::client::Client<gomon_http::client::HttpConnector, Full<Bytes>>,
    next: Option<Uri>,
) -> Answer {
    let body = match next {
        Some(next) => client.get(next).await?.collect().await?.to_bytes(),
        None => {
            let text = |name: &str| Some(request.headers().get(name)?.to_str().ok()?.to_owned());
            let parts = ["traceparent", "tracestate", "baggage"].map(text);
            Bytes::from(serde_json::to_vec(&parts)?)
        }
    };
    Ok(Response::new(Full::new(body)))
}

/// Sends a request as a traced browser would, and returns the headers that the last service received.
async fn ask(service: &Service, traceparent: &str) -> [Option<String>; 3] {
    let request = Request::get(service.uri())
        .header("traceparent", traceparent)
        .header("tracestate", "congo=t61rcWkgMzE")
        .header("tracestate", "rojo=00f067aa0ba902b7")
        .header("baggage", "user=7")
        .body(Full::default())
        .unwrap();
    // Not watched, so it belongs to no trace.
    let client = gomon_http::client::<Full<Bytes>>().with_monitor(Monitor::noop());
    let body = client
        .request(request)
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    serde_json::from_slice(&body.to_bytes()).unwrap()
}

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[tokio::test]
async fn parents_match_bit_for_bit_where_services_trust_each_other() {
    let back = Service::start(TracePolicy::Trust, None).await;
    let front = Service::start(TracePolicy::Trust, Some(back.uri())).await;
    let received = ask(&front, &format!("00-{TRACE}-b7ad6b7169203331-01")).await;

    let request = front.event("http-service").await;
    let call = front.event("http-roundtripper").await;
    let served = back.event("http-service").await;
    assert_eq!(request["parent"], "0af76519-16cd-43dd-b7ad-6b7169203331");
    assert_eq!(call["parent"], request["id"]);
    assert_eq!(served["parent"], call["id"]);
    for event in [&request, &call, &served] {
        assert_eq!(event["trace"], TRACE);
    }
    let span = call["id"].as_str().unwrap().replace('-', "").split_off(16);
    assert_eq!(
        received[0].as_deref(),
        Some(&*format!("00-{TRACE}-{span}-01"))
    );
    assert_eq!(
        received[1].as_deref(),
        Some("congo=t61rcWkgMzE,rojo=00f067aa0ba902b7")
    );
}

#[tokio::test]
async fn trace_that_begins_here_has_its_parents_too() {
    let back = Service::start(TracePolicy::Trust, None).await;
    let front = Service::start(TracePolicy::Ignore, Some(back.uri())).await;
    let received = ask(&front, &format!("00-{TRACE}-b7ad6b7169203331-01")).await;
    let (request, call) = (
        front.event("http-service").await,
        front.event("http-roundtripper").await,
    );
    let served = back.event("http-service").await;
    assert_ne!(request["trace"], TRACE);
    assert_eq!(served["trace"], request["trace"]);
    assert_eq!(served["parent"], call["id"]);
    assert_eq!(call["parent"], request["id"]);
    assert!(
        received[0].as_deref().unwrap().ends_with("-03"),
        "it is random: {received:?}"
    );
    assert_eq!(
        received[1], None,
        "the state of a trace that is not continued"
    );
}

#[tokio::test]
async fn baggage_of_a_caller_is_not_forwarded() {
    for policy in [TracePolicy::Trust, TracePolicy::Link] {
        let back = Service::start(TracePolicy::Trust, None).await;
        let front = Service::start(policy, Some(back.uri())).await;
        let received = ask(&front, &format!("00-{TRACE}-b7ad6b7169203331-01")).await;
        assert_eq!(received[2], None);
    }
}

#[tokio::test]
async fn decision_not_to_record_travels_along() {
    let back = Service::start(TracePolicy::Trust, None).await;
    let front = Service::start(TracePolicy::Trust, Some(back.uri())).await;
    let received = ask(&front, &format!("00-{TRACE}-b7ad6b7169203331-00")).await;
    assert!(
        received[0]
            .as_deref()
            .unwrap()
            .starts_with(&format!("00-{TRACE}-"))
    );
    assert!(
        received[0].as_deref().unwrap().ends_with("-00"),
        "{received:?}"
    );

    let front = Service::sampled(TracePolicy::Ignore, Some(back.uri()), 0.0).await;
    let received = ask(&front, "none").await;
    assert!(
        received[0].as_deref().unwrap().ends_with("-02"),
        "{received:?}"
    );

    for service in [&front, &back] {
        while service.running.monitor().health().open > 0 {
            tokio::task::yield_now().await;
        }
        service.running.monitor().flush(Duration::from_secs(30));
        let events = service.recorder.events();
        assert_eq!(events.len(), 1, "the application's alone: {events:?}");
    }
}
