//! Events of a warp application, over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _, stream};
use gomon_core::{EventValue, Monitor, Outcome, OwnedEvent, Recorder, Running};
use gomon_warp::{HttpConfig, Server, remote, route, set_route};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reject::{Reject, Rejection};
use warp::{Filter, Reply};

struct Site {
    running: Running,
    recorder: Recorder,
    address: SocketAddr,
}

impl Site {
    async fn start<R: Reply + 'static>(
        routes: impl Filter<Extract = (R,), Error = Rejection> + Clone + Send + Sync + 'static,
    ) -> Self {
        Self::configured(routes, HttpConfig::default()).await
    }

    async fn configured<R: Reply + 'static>(
        routes: impl Filter<Extract = (R,), Error = Rejection> + Clone + Send + Sync + 'static,
        config: HttpConfig,
    ) -> Self {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .health_interval(None)
            .listener(recorder.listener())
            .build()
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = gomon_warp::serve(routes)
            .with_monitor(running.monitor())
            .with_config(config);
        tokio::spawn(server.incoming(listener).run());
        Self {
            running,
            recorder,
            address,
        }
    }

    async fn answer(&self, head: &str, rest: &str) -> String {
        let stream = TcpStream::connect(self.address).await.unwrap();
        answer(stream, head, rest).await
    }

    /// Returns the event of the only request.
    fn event(self) -> OwnedEvent {
        let events = self.recorder.wait_for(1);
        self.running.shutdown(Duration::from_secs(30));
        assert_eq!(events.len(), 1);
        events[0].clone()
    }
}

async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    head: &str,
    rest: &str,
) -> String {
    let end = if rest.is_empty() { "\r\n" } else { "" };
    let text = format!("{head} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n{rest}{end}");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn text(event: &OwnedEvent, key: &str) -> Option<String> {
    let value = event.as_event().get(key);
    value
        .as_ref()
        .and_then(EventValue::as_str)
        .map(str::to_owned)
}

fn number(event: &OwnedEvent, key: &str) -> Option<u64> {
    event
        .as_event()
        .get(key)
        .as_ref()
        .and_then(EventValue::as_u64)
}

fn user() -> BoxedFilter<(String,)> {
    warp::path!("users" / u64)
        .and(route("/users/{id}"))
        .and(warp::get())
        .map(|id| format!("user {id}"))
        .boxed()
}

#[tokio::test]
async fn template_is_the_one_of_the_filter() {
    let site = Site::start(user()).await;
    assert!(site.answer("GET /users/7", "").await.ends_with("user 7"));
    let event = site.event();
    assert_eq!(event.as_event().fingerprint(), "warp-handle");
    assert_eq!(event.as_event().outcome(), Outcome::Ok);
    assert_eq!(text(&event, "route").as_deref(), Some("/users/{id}"));
}

#[tokio::test]
async fn template_may_be_set_in_the_handler_across_awaits() {
    let handler = warp::path!("orders" / u64).then(async |id| {
        tokio::task::yield_now().await;
        set_route("/orders/{id}");
        format!("order {id}")
    });
    let site = Site::start(handler).await;
    site.answer("GET /orders/7", "").await;
    assert_eq!(
        text(&site.event(), "route").as_deref(),
        Some("/orders/{id}")
    );
}

#[tokio::test]
async fn wrong_method_keeps_the_route_and_the_answer_of_warp() {
    let site = Site::start(user()).await;
    let answer = site.answer("DELETE /users/7", "").await;
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
    let event = site.event();
    assert_eq!(text(&event, "route").as_deref(), Some("/users/{id}"));
    assert_eq!(event.as_event().outcome(), Outcome::Ok);
}

#[tokio::test]
async fn path_that_no_filter_accepts_is_unmatched() {
    let site = Site::start(user()).await;
    let answer = site.answer("GET /users/seven", "").await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    assert_eq!(text(&site.event(), "route").as_deref(), Some("<unmatched>"));
}

#[derive(Debug)]
struct OutOfStock;

impl Reject for OutOfStock {}

#[tokio::test]
async fn rejections_are_the_answers_that_warp_makes_of_them() {
    let json = warp::path("json")
        .and(warp::post())
        .and(warp::body::json())
        .map(|numbers: Vec<u8>| format!("{numbers:?}"));
    let buy =
        warp::path("buy").and_then(async || Err::<String, _>(warp::reject::custom(OutOfStock)));
    let body = |kind: &str, body: &str| {
        let length = body.len();
        format!("content-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}")
    };
    for (head, rest, status, outcome) in [
        (
            "POST /json",
            body("application/json", "{]"),
            400,
            Outcome::Ok,
        ),
        ("POST /json", body("text/plain", "[]"), 415, Outcome::Ok),
        ("GET /buy", String::new(), 500, Outcome::Error),
    ] {
        let site = Site::start(json.or(buy).unify()).await;
        let answer = site.answer(head, &rest).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        let event = site.event();
        assert_eq!(number(&event, "response_code"), Some(status));
        assert_eq!(event.as_event().outcome(), outcome, "{head}");
    }
}

#[tokio::test]
async fn rejection_that_is_recovered_is_the_recovered_answer() {
    let routes = warp::path("buy")
        .and_then(async || Err::<StatusCode, _>(warp::reject::custom(OutOfStock)))
        .recover(async |rejection: Rejection| {
            assert!(rejection.find::<OutOfStock>().is_some());
            Ok::<_, Rejection>(StatusCode::CONFLICT)
        });
    let site = Site::start(routes).await;
    site.answer("GET /buy", "").await;
    let event = site.event();
    assert_eq!(number(&event, "response_code"), Some(409));
    assert_eq!(event.as_event().outcome(), Outcome::Ok);
}

/// If the second response becomes `true`, warp exports the address that its filter reads, and this crate must add it.
#[tokio::test]
async fn address_is_read_by_the_filter_of_this_crate() {
    let ours = warp::path("ours").and(remote());
    let warps = warp::path("warps").and(warp::addr::remote());
    let routes = ours
        .or(warps)
        .unify()
        .map(|peer: Option<SocketAddr>| peer.is_some().to_string());
    let site = Site::start(routes).await;
    assert!(site.answer("GET /ours", "").await.ends_with("\r\n\r\ntrue"));
    assert!(
        site.answer("GET /warps", "")
            .await
            .ends_with("\r\n\r\nfalse")
    );
    let events = site.recorder.wait_for(2);
    assert!(
        text(&events[0], "remoteaddr")
            .unwrap()
            .starts_with("127.0.0.1:")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn server_sent_events_last_until_the_client_leaves_and_belong_to_their_request() {
    let ticks = warp::path("ticks").map(|| {
        // There is no global monitor: the child opens in the monitor of its request.
        let ticks = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            gomon_core::current(|request| request.child("tick").finish());
            Some((
                Ok::<_, Infallible>(warp::sse::Event::default().data("tick")),
                (),
            ))
        });
        warp::sse::reply(warp::sse::keep_alive().stream(ticks))
    });
    let site = Site::start(ticks).await;
    let mut client = TcpStream::connect(site.address).await.unwrap();
    let head = b"GET /ticks HTTP/1.1\r\nhost: shop\r\n\r\n";
    client.write_all(head).await.unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"data:tick\n\n\r\n") {
        assert!(client.read_buf(&mut seen).await.unwrap() > 0);
    }
    drop(client);
    let is_request = |event: &OwnedEvent| event.as_event().fingerprint() == "warp-handle";
    let events = site
        .recorder
        .wait_until(|events| events.iter().any(is_request));
    let request = events.iter().find(|event| is_request(event)).unwrap();
    assert_eq!(request.as_event().outcome(), Outcome::Cancelled);
    assert_eq!(text(request, "aborted").as_deref(), Some("body"));
    assert!(number(request, "response_size").unwrap() > 0);
    let parents: Vec<_> = events
        .iter()
        .filter(|event| event.as_event().fingerprint() == "tick")
        .map(|event| event.as_event().parent())
        .collect();
    assert!(!parents.is_empty());
    assert!(
        parents
            .iter()
            .all(|parent| *parent == Some(request.as_event().id()))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn websocket_ends_its_event_at_the_upgrade_and_works_on() {
    let echo = warp::path("chat")
        .and(warp::ws())
        .map(|socket: warp::ws::Ws| {
            socket.on_upgrade(async |socket| {
                let (mut out, mut incoming) = socket.split();
                while let Some(Ok(message)) = incoming.next().await {
                    if message.is_text() && out.send(message).await.is_err() {
                        return;
                    }
                }
            })
        });
    let site = Site::start(echo).await;
    let mut client = TcpStream::connect(site.address).await.unwrap();
    let head = "GET /chat HTTP/1.1\r\nhost: shop\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
        sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") {
        assert!(client.read_buf(&mut seen).await.unwrap() > 0);
    }
    let event = site.recorder.wait_for(1)[0].clone();
    assert_eq!(event.as_event().outcome(), Outcome::Ok);
    assert_eq!(number(&event, "response_code"), Some(101));
    assert_eq!(text(&event, "upgrade").as_deref(), Some("websocket"));
    // RFC 6455, 5.2: a masked text frame, and the same frame unmasked.
    client.write_all(b"\x81\x82\0\0\0\0hi").await.unwrap();
    let mut frame = [0; 4];
    client.read_exact(&mut frame).await.unwrap();
    assert_eq!(&frame, b"\x81\x02hi");
}

#[cfg(unix)]
#[tokio::test]
async fn unix_sockets_are_served_without_an_address() {
    let folder = std::env::temp_dir().join(format!("gomon-warp-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("socket");
    let recorder = Recorder::new();
    let running = Monitor::builder()
        .listener(recorder.listener())
        .build()
        .unwrap();
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let server = gomon_warp::serve(user()).with_monitor(running.monitor());
    tokio::spawn(server.incoming(listener).run());
    let client = tokio::net::UnixStream::connect(&path).await.unwrap();
    assert!(answer(client, "GET /users/7", "").await.ends_with("user 7"));
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(text(&recorder.wait_for(1)[0], "remoteaddr"), None);
}

#[tokio::test]
async fn graceful_server_answers_what_it_began_and_then_ends() {
    let (began, begun) = oneshot::channel();
    let began = Arc::new(Mutex::new(Some(began)));
    let slow = warp::path("slow").then(move || {
        let began = began.lock().unwrap().take();
        async move {
            began.unwrap().send(()).unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
            "slow"
        }
    });
    let recorder = Recorder::new();
    let running = Monitor::builder()
        .listener(recorder.listener())
        .build()
        .unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = gomon_warp::serve(slow)
        .with_monitor(running.monitor())
        .incoming(listener)
        .graceful(async { drop(stopped.await) });
    let server = tokio::spawn(server.run());
    let client = TcpStream::connect(address).await.unwrap();
    let client = tokio::spawn(answer(client, "GET /slow", ""));
    begun.await.unwrap();
    stop.send(()).unwrap();
    server.await.unwrap();
    assert!(client.await.unwrap().ends_with("slow"));
    assert!(TcpStream::connect(address).await.is_err());
    assert_eq!(recorder.wait_for(1)[0].as_event().outcome(), Outcome::Ok);
}

#[tokio::test]
#[should_panic(expected = "failed to bind to address")]
async fn address_in_use_panics_as_it_does_in_warp() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    gomon_warp::serve(user()).run(address).await;
}

#[tokio::test]
async fn excluded_page_leaves_no_event() {
    let healthz = warp::path("healthz").map(String::new);
    let config = HttpConfig::default().with_excluded(["/healthz"]);
    let site = Site::configured(user().or(healthz).unify(), config).await;
    site.answer("GET /healthz", "").await;
    site.answer("GET /users/7", "").await;
    assert_eq!(text(&site.event(), "route").as_deref(), Some("/users/{id}"));
}

#[test]
fn servers_and_their_futures_cross_threads() {
    fn crosses<T: Send>(_: &T) {}
    let server: Server<_> = gomon_warp::serve(user());
    crosses(&server);
    let running = server.run(([127, 0, 0, 1], 0));
    crosses(&running);
}
