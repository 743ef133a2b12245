//! Events of requests, for every way in which a request can end.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::convert::Infallible;
use std::future::{Future, pending, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use gomon_core::{Key, Monitor, Recorder, Running, Sampling, current};
use gomon_http::server::{MonitoredBody, PeerAddress};
use gomon_http::{HttpConfig, MonitoringLayer};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Empty, Full};
use serde_json::{Value, json};
use tower::{Layer, Service, ServiceExt, service_fn};

type Data = &'static [u8];

/// A body that follows a list of steps.
struct Script {
    steps: Vec<Step>,
    hint: SizeHint,
}

enum Step {
    Data(Data),
    Trailers,
    Fail,
    Wait,
    Panic,
}

fn script<const N: usize>(steps: [Step; N]) -> Script {
    Script {
        steps: Vec::from(steps),
        hint: SizeHint::default(),
    }
}

impl Body for Script {
    type Data = Data;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Data>>>> {
        if self.steps.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(match self.steps.remove(0) {
            Step::Data(data) => Ok(Frame::data(data)),
            Step::Trailers => Ok(Frame::trailers(HeaderMap::new())),
            Step::Fail => Err(io::Error::other("the disk is gone")),
            Step::Wait => return Poll::Pending,
            Step::Panic => panic!("boom in the body"),
        }))
    }

    fn size_hint(&self) -> SizeHint {
        self.hint
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        current(|tracker| tracker.set(Key::new("body-dropped-in-scope"), true));
    }
}

struct Setup {
    running: Running,
    recorder: Recorder,
}

impl Setup {
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    fn with(build: impl FnOnce(gomon_core::MonitorBuilder) -> gomon_core::MonitorBuilder) -> Self {
        let recorder = Recorder::new();
        let builder = Monitor::builder().listener(recorder.listener());
        Self {
            running: build(builder).build().unwrap(),
            recorder,
        }
    }

    fn layer(&self) -> MonitoringLayer {
        MonitoringLayer::new().with_monitor(self.running.monitor())
    }

    /// The single event of a request, ignoring other fingerprints.
    fn event(&self) -> Value {
        self.running
            .monitor()
            .flush(std::time::Duration::from_secs(30));
        let events: Vec<Value> = self
            .recorder
            .wait_for(1)
            .iter()
            .filter(|event| event.as_event().fingerprint() == "http-service")
            .map(|event| serde_json::from_str(&event.to_json()).unwrap())
            .collect();
        let [event] = events.as_slice() else {
            panic!("not one event: {events:#?}")
        };
        let health = self.running.monitor().health();
        assert_eq!(health.open, 0, "a tracker is still open");
        event.clone()
    }

    /// The head of the response that `respond` returns for `request`.
    fn head<B>(
        &self,
        request: Request<Empty<Data>>,
        response: Response<B>,
    ) -> Response<MonitoredBody<B>>
    where
        B: Body<Error: std::fmt::Display>,
    {
        let mut response = Some(response);
        let service = service_fn(move |_: Request<Empty<Data>>| {
            std::future::ready(Ok::<_, Infallible>(response.take().unwrap()))
        });
        ready(self.layer().layer(service).call(request)).unwrap()
    }
}

fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("not ready"),
    }
}

fn get() -> Request<Empty<Data>> {
    request("GET")
}

fn request(method: &str) -> Request<Empty<Data>> {
    Request::builder()
        .method(method)
        .uri("/a?b=c")
        .body(Empty::new())
        .unwrap()
}

fn respond<B>(status: u16, body: B) -> Response<B> {
    Response::builder().status(status).body(body).unwrap()
}

type Polled<B> = Poll<Option<Result<Frame<<B as Body>::Data>, <B as Body>::Error>>>;

fn poll<B: Body + Unpin>(body: &mut B) -> Polled<B> {
    Pin::new(body).poll_frame(&mut Context::from_waker(Waker::noop()))
}

fn drain(setup: &Setup, body: Script) -> Value {
    drop(ready(
        setup.head(get(), respond(200, body)).into_body().collect(),
    ));
    setup.event()
}

fn panics(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).unwrap_err();
    (*payload.downcast_ref::<&str>().unwrap()).to_owned()
}

#[test]
fn request_read_to_its_end_is_one_complete_event() {
    let setup = Setup::new();
    let body = drain(
        &setup,
        script([Step::Data(b"hello"), Step::Data(b" world")]),
    );
    let expected = json!({
        "gomon:outcome": "ok", "direction": "incoming", "method": "GET", "proto": "HTTP/1.1",
        "response_code": 200, "request_size": 0, "response_size": 11,
        "url": {"scheme": "http", "path": "/a", "query": "b=[redacted]"},
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&body[key], value, "{key} of {body:#}");
    }
    assert!(body["first-byte"].as_u64().unwrap() <= body["gomon:lapsed"].as_u64().unwrap());
    assert_eq!(body.get("aborted"), None);
    assert_eq!(body.get("route"), None);
}

#[test]
fn trailers_end_a_body() {
    let setup = Setup::new();
    let mut body = setup
        .head(
            get(),
            respond(200, script([Step::Data(b"a"), Step::Trailers])),
        )
        .into_body();
    assert!(poll(&mut body).is_ready());
    assert!(matches!(poll(&mut body), Poll::Ready(Some(Ok(frame))) if frame.is_trailers()));
    drop(body);
    assert_eq!(setup.event()["gomon:outcome"], "ok");
}

#[test]
fn declared_length_that_was_reached_ends_a_body() {
    for by_header in [true, false] {
        let setup = Setup::new();
        let mut response = respond(200, script([Step::Data(b"hello"), Step::Wait]));
        if by_header {
            response
                .headers_mut()
                .insert("content-length", HeaderValue::from_static("5"));
        } else {
            response.body_mut().hint = SizeHint::with_exact(5);
        }
        let mut body = setup.head(get(), response).into_body();
        assert!(poll(&mut body).is_ready());
        drop(body);
        let event = setup.event();
        assert_eq!(
            (&event["gomon:outcome"], &event["response_size"]),
            (&json!("ok"), &json!(5))
        );
    }
}

#[test]
fn body_at_its_end_is_never_polled() {
    let setup = Setup::new();
    let mut body = setup
        .head(get(), respond(200, Full::<Data>::from(&b"hello"[..])))
        .into_body();
    assert!(poll(&mut body).is_ready());
    assert!(body.is_end_stream());
    drop(body);
    assert_eq!(setup.event()["gomon:outcome"], "ok");

    let setup = Setup::new();
    drop(setup.head(get(), respond(200, Empty::<Data>::new())));
    let event = setup.event();
    assert_eq!(
        (&event["gomon:outcome"], &event["response_size"]),
        (&json!("ok"), &json!(0))
    );
}

#[test]
fn responses_without_a_body_are_complete_though_the_handler_gave_one() {
    for (method, status) in [("HEAD", 200), ("GET", 204), ("GET", 304), ("HEAD", 404)] {
        let setup = Setup::new();
        let mut body = setup
            .head(
                request(method),
                respond(status, script([Step::Data(b"x"), Step::Wait])),
            )
            .into_body();
        assert!(poll(&mut body).is_ready());
        drop(body);
        let event = setup.event();
        assert_eq!(event["gomon:outcome"], "ok", "{method} {status}");
    }
}

#[test]
fn body_that_is_given_up_is_cancelled_once() {
    let setup = Setup::new();
    let mut body = setup
        .head(
            get(),
            respond(200, script([Step::Data(b"abc"), Step::Wait])),
        )
        .into_body();
    assert!(poll(&mut body).is_ready());
    assert!(poll(&mut body).is_pending());
    drop(body);
    let event = setup.event();
    assert_eq!(
        (&event["gomon:outcome"], &event["aborted"]),
        (&json!("cancelled"), &json!("body"))
    );
    assert_eq!(
        (&event["response_code"], &event["response_size"]),
        (&json!(200), &json!(3))
    );
}

#[test]
fn body_that_is_never_polled_is_cancelled_at_the_head() {
    let setup = Setup::new();
    drop(setup.head(get(), respond(200, script([Step::Data(b"abc")]))));
    let event = setup.event();
    assert_eq!(
        (&event["gomon:outcome"], &event["aborted"]),
        (&json!("cancelled"), &json!("head"))
    );
}

#[test]
fn client_that_leaves_before_the_head_cancels_the_handler() {
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            current(|tracker| tracker.set(Key::new("dropped-in-scope"), true));
        }
    }
    let setup = Setup::new();
    let mut service = setup
        .layer()
        .layer(service_fn(async |_: Request<Empty<Data>>| {
            let _guard = Guard;
            pending::<()>().await;
            Ok::<_, Infallible>(Response::new(Empty::<Data>::new()))
        }));
    let mut future = Box::pin(service.call(get()));
    assert!(
        future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    drop(future);
    let event = setup.event();
    assert_eq!(
        (&event["gomon:outcome"], &event["aborted"]),
        (&json!("cancelled"), &json!("handler"))
    );
    assert_eq!(event.get("response_code"), None);
    assert_eq!(event["dropped-in-scope"], true);
}

#[test]
fn future_that_is_never_polled_is_cancelled() {
    let setup = Setup::new();
    let mut service = setup
        .layer()
        .layer(service_fn(async |_: Request<Empty<Data>>| {
            Ok::<_, Infallible>(Response::new(Empty::<Data>::new()))
        }));
    drop(service.call(get()));
    assert_eq!(setup.event()["gomon:outcome"], "cancelled");
}

#[test]
fn panic_elsewhere_that_drops_the_request_ends_it_as_panic() {
    let setup = Setup::new();
    let mut service = setup
        .layer()
        .layer(service_fn(async |_: Request<Empty<Data>>| {
            Ok::<_, Infallible>(Response::new(Empty::<Data>::new()))
        }));
    panics(|| {
        let _taken = service.call(get());
        panic!("elsewhere");
    });
    let event = setup.event();
    assert_eq!(event["gomon:outcome"], "panic");
    assert!(event.get("aborted").is_none());
}

#[test]
fn body_that_a_panic_unwinds_is_a_panic_unless_it_was_sent() {
    let sent = || script([Step::Data(b"abc")]);
    let left = || script([Step::Data(b"abc"), Step::Wait]);
    for (body, status, outcome) in [
        (sent(), 200, "ok"),
        (sent(), 500, "error"),
        (left(), 200, "panic"),
        (left(), 500, "panic"),
    ] {
        let setup = Setup::new();
        panics(|| {
            let response = respond(status, body);
            let mut body = setup.head(get(), response).into_body();
            while matches!(poll(&mut body), Poll::Ready(Some(_))) {}
            panic!("elsewhere");
        });
        let event = setup.event();
        assert_eq!(event["gomon:outcome"], outcome, "{event:#}");
        assert_eq!(event.get("aborted"), None);
    }
}

#[test]
fn failed_body_is_an_error_and_passes_unchanged() {
    let setup = Setup::new();
    let mut body = setup
        .head(
            get(),
            respond(200, script([Step::Data(b"abc"), Step::Fail])),
        )
        .into_body();
    assert!(poll(&mut body).is_ready());
    let Poll::Ready(Some(Err(error))) = poll(&mut body) else {
        panic!("no error")
    };
    assert_eq!(error.to_string(), "the disk is gone");
    drop(body);
    let event = setup.event();
    assert_eq!(event["gomon:outcome"], "error");
    assert_eq!(
        event["error"],
        json!([{"message": "the disk is gone", "type": "std::io::error::Error"}])
    );
    assert_eq!(event.get("aborted"), None);
}

#[test]
fn failed_service_is_an_error_and_passes_unchanged() {
    let setup = Setup::new();
    let service = service_fn(async |_: Request<Empty<Data>>| {
        Err::<Response<Empty<Data>>, _>(io::Error::other("no answer"))
    });
    let error = ready(setup.layer().layer(service).oneshot(get())).unwrap_err();
    assert_eq!(error.to_string(), "no answer");
    let event = setup.event();
    assert_eq!(
        (&event["gomon:outcome"], &event["error"][0]["message"]),
        (&json!("error"), &json!("no answer"))
    );
    assert_eq!(event.get("response_code"), None);
}

#[test]
fn server_errors_are_errors_and_client_errors_are_not() {
    for (status, outcome) in [
        (500, "error"),
        (503, "error"),
        (404, "ok"),
        (499, "ok"),
        (302, "ok"),
    ] {
        let setup = Setup::new();
        let body = setup
            .head(get(), respond(status, Full::<Data>::from(&b"x"[..])))
            .into_body();
        drop(ready(body.collect()));
        assert_eq!(setup.event()["gomon:outcome"], outcome, "{status}");
    }
}

#[test]
fn panic_in_call_is_recorded_and_resumed() {
    let setup = Setup::new();
    let mut service = setup.layer().layer(service_fn(
        |_: Request<Empty<Data>>| -> std::future::Ready<Result<Response<Empty<Data>>, Infallible>> {
            panic!("boom in call")
        },
    ));
    assert_eq!(panics(|| drop(service.call(get()))), "boom in call");
    let event = setup.event();
    assert_eq!(event["gomon:outcome"], "panic");
    assert_eq!(
        event["error"],
        json!([{"message": "boom in call", "type": "panic"}])
    );
}

#[test]
fn panic_in_the_handler_is_recorded_and_resumed() {
    let setup = Setup::new();
    let mut service = setup
        .layer()
        .layer(service_fn(async |_: Request<Empty<Data>>| {
            poll_fn(|_| -> Poll<()> { panic!("boom in poll") }).await;
            Ok::<_, Infallible>(Response::new(Empty::<Data>::new()))
        }));
    let future = service.call(get());
    assert_eq!(panics(|| drop(ready(future))), "boom in poll");
    let event = setup.event();
    assert_eq!(
        (&event["gomon:outcome"], &event["error"][0]["message"]),
        (&json!("panic"), &json!("boom in poll"))
    );
    assert_eq!(event.get("aborted"), None);
}

#[test]
fn panic_in_the_body_is_recorded_and_resumed() {
    let setup = Setup::new();
    let mut body = setup
        .head(
            get(),
            respond(200, script([Step::Data(b"abc"), Step::Panic])),
        )
        .into_body();
    assert!(poll(&mut body).is_ready());
    assert_eq!(panics(|| drop(poll(&mut body))), "boom in the body");
    drop(body);
    let event = setup.event();
    assert_eq!(
        (&event["gomon:outcome"], &event["error"][0]["message"]),
        (&json!("panic"), &json!("boom in the body"))
    );
    assert_eq!(
        (&event["response_code"], &event["response_size"]),
        (&json!(200), &json!(3))
    );
}

#[test]
fn upgrade_ends_the_event_at_the_head() {
    let setup = Setup::new();
    let mut response = respond(101, script([Step::Wait]));
    response
        .headers_mut()
        .insert("upgrade", HeaderValue::from_static("websocket"));
    let response = setup.head(get(), response);
    let event = setup.event();
    assert_eq!(
        (&event["gomon:outcome"], &event["upgrade"]),
        (&json!("ok"), &json!("websocket"))
    );
    drop(response);
    setup.event();
}

#[test]
fn tunnels_are_upgrades() {
    for (header, protocol) in [
        ("accept", "connect"),
        ("sec-websocket-version", "websocket"),
    ] {
        let setup = Setup::new();
        let mut request = request("CONNECT");
        request
            .headers_mut()
            .insert(header, HeaderValue::from_static("13"));
        drop(setup.head(request, respond(200, script([Step::Wait]))));
        assert_eq!(setup.event()["upgrade"], protocol);
    }
    let setup = Setup::new();
    drop(setup.head(request("CONNECT"), respond(403, Empty::<Data>::new())));
    assert_eq!(setup.event().get("upgrade"), None);
}

#[test]
fn two_layers_are_one_event() {
    let setup = Setup::new();
    let service = service_fn(async |_: Request<Empty<Data>>| {
        Ok::<_, Infallible>(Response::new(Full::<Data>::from(&b"x"[..])))
    });
    let service = setup.layer().layer(setup.layer().layer(service));
    drop(ready(
        ready(service.oneshot(get())).unwrap().into_body().collect(),
    ));
    assert_eq!(setup.event()["response_size"], 1);
}

#[test]
fn handler_body_and_destructors_run_in_the_scope_of_the_request() {
    let setup = Setup::new();
    let monitor = setup.running.monitor();
    let service = service_fn(async |_: Request<Empty<Data>>| {
        current(|tracker| tracker.set(Key::new("cart"), 17));
        monitor.tracker("query").finish();
        Ok::<_, Infallible>(Response::new(script([Step::Data(b"x")])))
    });
    let body = ready(setup.layer().layer(service).oneshot(get()))
        .unwrap()
        .into_body();
    assert!(current(|_| ()).is_none(), "the scope outlived the handler");
    drop(ready(body.collect()));
    let event = setup.event();
    assert_eq!(
        (&event["cart"], &event["body-dropped-in-scope"]),
        (&json!(17), &json!(true))
    );
    let query = setup.recorder.wait_until(|events| events.len() == 2);
    let query = query
        .iter()
        .find(|event| event.as_event().fingerprint() == "query")
        .unwrap();
    assert_eq!(
        query.as_event().parent().unwrap().to_string(),
        event["id"].as_str().unwrap()
    );
    assert!(event["gomon:polls"].as_u64().unwrap() >= 1);
}

#[test]
fn excluded_paths_and_their_handlers_record_nothing() {
    let setup = Setup::with(|builder| builder.config(HttpConfig::default().with_excluded(["/a"])));
    let monitor = setup.running.monitor();
    let service = service_fn(async |_: Request<Empty<Data>>| {
        monitor.tracker("query").finish();
        Ok::<_, Infallible>(Response::new(script([Step::Data(b"x")])))
    });
    let service = setup.layer().layer(setup.layer().layer(service));
    drop(ready(
        ready(service.oneshot(get())).unwrap().into_body().collect(),
    ));
    assert_eq!(
        setup.running.monitor().health().produced,
        1,
        "the application's alone"
    );
}

#[test]
fn pinned_config_wins_and_the_monitors_can_change() {
    let setup = Setup::new();
    let layer = setup.layer();
    let pinned = setup.layer().with_config(HttpConfig::default());
    setup
        .running
        .monitor()
        .set_config(HttpConfig::default().with_excluded(["*"]));
    let service = || {
        service_fn(async |_: Request<Empty<Data>>| {
            Ok::<_, Infallible>(Response::new(Empty::<Data>::new()))
        })
    };
    drop(ready(layer.layer(service()).oneshot(get())));
    drop(ready(pinned.layer(service()).oneshot(get())));
    setup.event();
}

#[test]
fn handler_is_dropped_once_ready_and_not_polled_again() {
    for enabled in [true, false] {
        let setup = Setup::with(|builder| builder.enabled(enabled));
        let held = Arc::new(());
        let service = service_fn(|_: Request<Empty<Data>>| {
            let held = Arc::clone(&held);
            poll_fn(move |_| {
                assert_eq!(Arc::strong_count(&held), 2);
                Poll::Ready(Ok::<_, Infallible>(Response::new(Empty::<Data>::new())))
            })
        });
        let mut future = pin!(setup.layer().layer(service).call(get()));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut cx).is_ready());
        assert_eq!(Arc::strong_count(&held), 1, "{enabled}");
        assert!(future.as_mut().poll(&mut cx).is_pending(), "{enabled}");
    }
}

#[test]
fn disabled_monitor_records_nothing_and_changes_nothing() {
    let setup = Setup::with(|builder| builder.enabled(false));
    let body = setup
        .head(get(), respond(200, Full::<Data>::from(&b"hello"[..])))
        .into_body();
    assert_eq!(body.size_hint().exact(), Some(5));
    assert!(body.into_unwatched().is_ok());
    assert_eq!(setup.running.monitor().health().produced, 0);
}

#[test]
fn unsampled_requests_leave_no_event_and_no_children() {
    let setup = Setup::with(|builder| builder.config(Sampling::default().with_rate(0.0)));
    let monitor = setup.running.monitor();
    let service = service_fn(async |_: Request<Empty<Data>>| {
        monitor.tracker("query").finish();
        Ok::<_, Infallible>(Response::new(Full::<Data>::from(&b"x"[..])))
    });
    drop(ready(
        ready(setup.layer().layer(service).oneshot(get()))
            .unwrap()
            .into_body()
            .collect(),
    ));
    setup
        .running
        .monitor()
        .flush(std::time::Duration::from_secs(30));
    assert_eq!(setup.recorder.events().len(), 1, "the application's alone");
}

#[test]
fn size_hint_frames_and_end_pass_unchanged() {
    let setup = Setup::new();
    let mut response = respond(200, script([Step::Data(b"hello"), Step::Trailers]));
    let mut hint = SizeHint::new();
    hint.set_lower(3);
    hint.set_upper(9);
    response.body_mut().hint = hint;
    let mut body = setup.head(get(), response).into_body();
    assert_eq!(
        (body.size_hint().lower(), body.size_hint().upper()),
        (3, Some(9))
    );
    assert!(!body.is_end_stream());
    assert!(
        matches!(poll(&mut body), Poll::Ready(Some(Ok(frame))) if frame.data_ref() == Some(&&b"hello"[..]))
    );
}

#[test]
fn beginning_of_the_body_is_recorded_when_configured() {
    let setup = Setup::with(|builder| builder.config(HttpConfig::default().with_response_body(7)));
    let mut response = respond(200, script([Step::Data(b"hello"), Step::Data(b" world")]));
    response.headers_mut().insert(
        "content-type",
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    drop(ready(setup.head(get(), response).into_body().collect()));
    let event = setup.event();
    assert_eq!(
        (&event["response_body"], &event["response_size"]),
        (&json!("hello w"), &json!(11))
    );
    assert_eq!(
        event["response_headers"],
        json!({"content-type": ["text/plain; charset=utf-8"]})
    );
}

#[test]
fn secrets_of_the_response_are_redacted() {
    let setup =
        Setup::with(|builder| builder.config(HttpConfig::default().with_response_headers(["*"])));
    let mut response = respond(200, Empty::<Data>::new());
    response
        .headers_mut()
        .insert("set-cookie", HeaderValue::from_static("session=abc"));
    drop(setup.head(get(), response));
    assert_eq!(
        setup.event()["response_headers"],
        json!({"set-cookie": ["[redacted]"]})
    );
}

#[test]
fn client_receives_the_trace_when_configured() {
    let setup = Setup::with(|builder| {
        builder.config(HttpConfig::default().with_trace_header("x-trace-id".parse().unwrap()))
    });
    let response = setup.head(get(), respond(200, Empty::<Data>::new()));
    let shown = response.headers()["x-trace-id"]
        .to_str()
        .unwrap()
        .to_owned();
    drop(response);
    assert_eq!(setup.event()["trace"], shown);

    let setup = Setup::new();
    assert!(
        setup
            .head(get(), respond(200, Empty::<Data>::new()))
            .headers()
            .is_empty()
    );
}

#[test]
fn peer_is_the_address_that_the_server_added() {
    let setup = Setup::new();
    let mut request = get();
    request
        .extensions_mut()
        .insert(PeerAddress("127.0.0.1:4711".parse().unwrap()));
    drop(setup.head(request, respond(200, Empty::<Data>::new())));
    assert_eq!(setup.event()["remoteaddr"], "127.0.0.1:4711");
}

#[test]
fn unknown_size_of_a_request_is_not_recorded() {
    let setup = Setup::new();
    let service = service_fn(async |_: Request<Full<Data>>| {
        Ok::<_, Infallible>(Response::new(Empty::<Data>::new()))
    });
    let request = Request::post("/")
        .header("content-length", "5")
        .body(Full::from(&b"hello"[..]))
        .unwrap();
    drop(ready(setup.layer().layer(service).oneshot(request)));
    let event = setup.event();
    assert_eq!(
        (event.get("request_size"), &event["content-length"]),
        (None, &json!(5))
    );
}

#[test]
fn middleware_can_be_cloned_and_shared() {
    fn shared<T: Clone + Send + Sync + std::fmt::Debug + 'static>(_: &T) {}
    let layer = MonitoringLayer::new();
    shared(&layer);
    shared(&layer.layer(StatusCode::OK));
    fn sent<T: Send + Sync + 'static>() {}
    sent::<MonitoredBody<Full<Data>>>();
    sent::<gomon_http::server::ResponseFuture<()>>();
}
