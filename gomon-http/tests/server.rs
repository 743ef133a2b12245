//! The API for frameworks with their own types. Headers are pairs of text here.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use gomon_core::adapter::{HeaderSource, HeaderVisitor};
use gomon_core::{Monitor, Recorder, Running, Sampling, SamplingRule, current};
use gomon_http::HttpConfig;
use gomon_http::server::{
    BodyEnd, ByteCounter, Headers, Layer, RequestFacts, RequestSize, RequestWatch, ResponseWatch,
    Route, Setup,
};
use serde_json::{Value, json};

struct Pairs(&'static [(&'static str, &'static str)]);

impl HeaderSource for Pairs {
    fn visit(&self, visitor: &mut dyn HeaderVisitor) {
        for (name, value) in self.0 {
            visitor.header(name, &mut std::iter::once(Some(value.as_bytes())));
        }
    }
}

impl Headers for Pairs {
    fn values<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h [u8]> {
        let fits = move |(own, _): &&(&str, &str)| *own == name;
        self.0
            .iter()
            .filter(fits)
            .map(|(_, value)| value.as_bytes())
    }
}

const NONE: Pairs = Pairs(&[]);

struct Shop {
    running: Running,
    recorder: Recorder,
    setup: Setup,
}

impl Shop {
    fn open(config: HttpConfig) -> Self {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .health_interval(None)
            .listener(recorder.listener())
            .build()
            .unwrap();
        let setup = Setup::new()
            .with_monitor(running.monitor())
            .with_config(config);
        Self {
            running,
            recorder,
            setup,
        }
    }

    fn begin(&self, method: &str, headers: &Pairs) -> RequestWatch {
        let mut facts = RequestFacts::new(method, "HTTP/1.1", "/users/7");
        for (name, value) in headers.0 {
            facts.read_header(name, value.as_bytes());
        }
        self.watch(&facts, headers)
    }

    fn watch(&self, facts: &RequestFacts<'_>, headers: &Pairs) -> RequestWatch {
        RequestWatch::begin(&self.setup, self.setup.monitor(), "shop", facts, headers)
    }

    fn event(&self) -> Value {
        let events = self.recorder.wait_for(1);
        assert_eq!(self.running.monitor().health().open, 0);
        serde_json::from_str(&events[0].to_json()).unwrap()
    }
}

fn shop() -> Shop {
    Shop::open(HttpConfig::default())
}

#[test]
fn text_and_bytes_make_the_whole_event() {
    let shop = Shop::open(HttpConfig::default().with_response_body(8));
    let headers = Pairs(&[("host", "shop"), ("accept", "*/*"), ("authorization", "x")]);
    let mut watch = shop.begin("GET", &headers);
    watch.set_route(Route::Matched("/users/{id}"));
    let (counter, size) = RequestSize::counted();
    watch.set_request_size(size);
    let polled = watch.poll(|| {
        counter.add(3);
        assert!(current(|_| ()).is_some());
        Poll::Ready(())
    });
    assert_eq!(polled, Poll::Ready(()));
    let answer = Pairs(&[("content-type", "text/plain")]);
    let mut watch = watch.respond(200, &answer, BodyEnd::AtEnd);
    for piece in ["hello, ", "world"] {
        assert!(watch.run(|| current(|_| ()).is_some()));
        watch.moved(&piece.as_bytes());
    }
    watch.ended();
    drop(watch);
    let event = shop.event();
    for (key, value) in [
        ("gomon:outcome", json!("ok")),
        ("route", json!("/users/{id}")),
        ("headers", json!({ "accept": ["*/*"] })),
        (
            "url",
            json!({ "scheme": "http", "host": "shop", "path": "/users/7" }),
        ),
        ("request_size", json!(3)),
        ("response_size", json!(12)),
        ("response_body", json!("hello, w")),
        (
            "response_headers",
            json!({ "content-type": ["text/plain"] }),
        ),
    ] {
        assert_eq!(event[key], value, "{key}");
    }
}

#[test]
fn dropped_request_is_cancelled_with_its_progress() {
    for (until, aborted, response_code) in [
        (0, "handler", None),
        (1, "head", Some(200)),
        (2, "body", Some(200)),
    ] {
        let shop = shop();
        let watch = shop.begin("GET", &NONE);
        if until > 0 {
            let mut watch = watch.respond(200, &NONE, BodyEnd::AtLength(9));
            if until > 1 {
                watch.run(|| ());
                watch.moved(&&b"12345678"[..]);
            }
        } else {
            drop(watch);
        }
        let event = shop.event();
        assert_eq!(event["gomon:outcome"], "cancelled");
        assert_eq!(event["aborted"], aborted);
        assert_eq!(event["response_code"].as_u64(), response_code);
    }
}

#[test]
fn status_decides_over_errors_that_are_answers() {
    for (status, outcome) in [(404, "ok"), (503, "error")] {
        let shop = shop();
        let mut watch = shop.begin("GET", &NONE);
        watch.add_error("no such user", Some("NoUser"));
        drop(watch.respond(status, &NONE, BodyEnd::Empty));
        let event = shop.event();
        assert_eq!(event["gomon:outcome"], outcome);
        assert_eq!(
            event["error"],
            json!([{ "message": "no such user", "type": "NoUser" }])
        );

        let shop = self::shop();
        let watch = shop.begin("GET", &NONE);
        watch.answer_later(status, "no such user", None);
        let event = shop.event();
        assert_eq!(event["gomon:outcome"], outcome);
        assert_eq!(event["response_code"], status);
        assert_eq!(event.get("response_size"), None);
    }
}

#[test]
fn answered_errors_hide_their_quotations() {
    let error = r#"invalid type: string "hunter2", expected u32"#;
    let message = "invalid type: string [redacted], expected u32";
    let shop = shop();
    let mut watch = shop.begin("POST", &NONE);
    watch.add_error(error, None);
    watch.answer_later(400, error, None);
    assert_eq!(
        shop.event()["error"],
        json!([{ "message": message }, { "message": message }])
    );
}

#[test]
fn error_of_the_inner_code_counts_whatever_the_response() {
    let shop = shop();
    let mut watch = shop.begin("GET", &NONE);
    watch.run(|| current(|tracker| tracker.add_error(&std::fmt::Error)));
    watch.add_error("no such user", None);
    drop(watch.respond(404, &NONE, BodyEnd::Empty));
    assert_eq!(shop.event()["gomon:outcome"], "error");
}

#[test]
fn body_that_fails_is_an_error_though_the_status_was_fine() {
    let shop = shop();
    let watch = shop.begin("GET", &NONE);
    let mut watch = watch.respond(200, &NONE, BodyEnd::AtEnd);
    watch.fail(&"the disk is full");
    drop(watch);
    let event = shop.event();
    assert_eq!(event["gomon:outcome"], "error");
    assert_eq!(event["error"][0]["message"], "the disk is full");
}

#[test]
fn panic_is_recorded_and_resumed() {
    let shop = shop();
    let mut watch = shop.begin("GET", &NONE);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        watch.run(|| panic!("boom: \"hunter2\""));
    }));
    let message = "boom: \"hunter2\"";
    assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&message));
    drop(watch);
    let event = shop.event();
    assert_eq!(event["gomon:outcome"], "panic");
    assert_eq!(event["error"][0]["message"], "boom: [redacted]");
}

#[test]
fn connection_that_is_handed_over_ends_its_request() {
    let shop = shop();
    let headers = Pairs(&[("upgrade", "websocket")]);
    let watch = shop
        .begin("GET", &headers)
        .respond(101, &headers, BodyEnd::AtEnd);
    assert!(watch.is_off());
    let event = shop.event();
    assert_eq!(event["upgrade"], "websocket");
    assert_eq!(event["gomon:outcome"], "ok");
}

#[test]
fn route_is_guessed_only_if_exclusion_or_sampling_needs_one() {
    let guesses = Cell::new(0);
    let guess = || {
        guesses.set(guesses.get() + 1);
        Some("/users/{id}".to_owned())
    };
    let facts = RequestFacts::new("GET", "HTTP/1.1", "/users/7").with_late_route(&guess);
    assert!(shop().watch(&facts, &NONE).is_on());
    assert_eq!(guesses.get(), 0);

    let excluding = Shop::open(HttpConfig::default().with_excluded(["/users/{id}"]));
    let mut left_out = excluding.watch(&facts, &NONE);
    assert!(!left_out.is_on());
    assert!(left_out.tracker().is_none());

    let sampling = shop();
    let rule = SamplingRule::route("/users/{id}", 0.0);
    sampling
        .running
        .monitor()
        .set_config(Sampling::default().with_rule(rule));
    let mut unsampled = sampling.watch(&facts, &NONE);
    assert!(unsampled.tracker().is_some());
    drop(unsampled);
    assert_eq!(guesses.get(), 2);
    assert_eq!(
        sampling.running.monitor().health().produced,
        1,
        "the application alone"
    );
}

#[test]
fn types_for_frameworks_are_send() {
    fn send<T: Send>() {}
    fn shared<T: Send + Sync + Clone>() {}
    send::<RequestWatch>();
    send::<ResponseWatch>();
    send::<ByteCounter>();
    shared::<Setup>();
    shared::<RequestSize>();
    shared::<Layer<Cell<u8>>>();
}
