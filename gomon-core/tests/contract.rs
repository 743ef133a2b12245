//! Event model: the keys, their order and their meaning.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test may fail"
)]

mod probe;

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use gomon_core::adapter::{MonitorExt, keys};
use gomon_core::{
    EventTracker, EventValue, FutureExt, Id, Key, Limits, Monitor, Outcome, OwnedEvent, SpanId,
    TraceContext, TraceId, TraceParent, Tracker, Value,
};
use probe::Probe;
use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

fn probe() -> Probe {
    Probe::new(Limits::default())
}

fn json(event: &OwnedEvent) -> serde_json::Value {
    serde_json::from_str(&event.to_json()).expect("JSON")
}

/// The keys of a JSON object in their order, including duplicates.
struct Names(Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Names;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
                let mut names = Vec::new();
                while let Some((name, IgnoredAny)) = map.next_entry()? {
                    names.push(name);
                }
                Ok(Names(names))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

fn names(event: &OwnedEvent) -> Vec<String> {
    serde_json::from_str::<Names>(&event.to_json())
        .expect("an object")
        .0
}

const HEADER: [&str; 8] = [
    "id",
    "parent",
    "trace",
    "app-id",
    "gomon:fp",
    "gomon:start",
    "gomon:lapsed",
    "gomon:outcome",
];

/// Polls a future `polls` times; asserts that only the last poll is ready.
fn run(future: impl Future, polls: usize) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for left in (0..polls).rev() {
        assert_eq!(future.as_mut().poll(&mut context).is_ready(), left == 0);
    }
}

fn pending(times: usize) -> impl Future<Output = ()> {
    let mut left = times;
    std::future::poll_fn(move |_| {
        left = left.saturating_sub(1);
        if left == 0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
}

#[test]
fn full_event_has_the_keys_of_the_model_in_order() {
    let probe = probe();
    let mut tracker = probe.root("everything");
    tracker.set(Key::new("b"), 1);
    tracker.set(Key::new("a"), "x".repeat(2_000).as_str());
    tracker.set(Key::new("b"), 2);
    tracker.set(keys::METHOD, "GET");
    tracker.set(Key::new("method"), "mine");
    tracker.add_link(TraceId::from_u128(7), Id::from_parts(1, 2));
    tracker.add_error(&std::io::Error::other("broken"));
    let child = tracker.child("child");
    tracker.attach(child);
    run(pending(3).tracked(tracker), 3);
    let event = probe.next();
    let sections = [
        "error",
        "gomon:busy",
        "gomon:polls",
        "gomon:longest-poll",
        "children",
        "gomon:cut",
        "links",
    ];
    let fields = ["b", "a", "method", "user:method"];
    assert_eq!(names(&event), [&HEADER[..], &sections, &fields].concat());
    let json = json(&event);
    assert_eq!(json["b"], 2);
    assert_eq!(json["method"], "GET");
    assert_eq!(json["user:method"], "mine");
    assert_eq!(json["gomon:polls"], 3);
    assert_eq!(json["gomon:outcome"], "error");
    assert_eq!(json["gomon:cut"], serde_json::json!(["a"]));
    assert_eq!(json["gomon:fp"], "everything");
    assert_eq!(json["app-id"], "shop");
    let child = json["children"][0].as_object().unwrap();
    assert!(HEADER.iter().all(|key| child.contains_key(*key)));
    assert_eq!(child["parent"], json["id"]);
    assert_eq!(child["app-id"], "shop");
    assert_eq!(
        json["links"],
        serde_json::json!([{
            "trace": "00000000000000000000000000000007",
            "id": "00000000-0000-0001-0000-000000000002",
        }])
    );
    assert!(json["gomon:busy"].as_u64() >= json["gomon:longest-poll"].as_u64());
    assert_eq!(probe.health().renamed_fields, 1);
}

#[test]
fn keys_that_do_not_apply_are_absent() {
    let probe = probe();
    probe.root("empty").finish();
    let event = probe.next();
    assert_eq!(names(&event), HEADER);
    assert!(!event.to_json().contains("null"));
}

#[test]
fn times_are_nanoseconds_since_the_epoch_on_a_monotonic_clock() {
    let now = || {
        std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .unwrap()
            .as_nanos() as u64
    };
    let second = 1_000_000_000;
    let before = now();
    let probe = probe();
    let tracker = probe.root("job");
    let watch = std::time::Instant::now();
    while watch.elapsed() < Duration::from_millis(5) {
        std::hint::spin_loop();
    }
    assert!(tracker.elapsed() >= Duration::from_millis(4));
    tracker.finish();
    let event = json(&probe.next());
    let start = event["gomon:start"].as_u64().unwrap();
    // The wall clock may be adjusted slightly meanwhile.
    assert!((before - second..=now() + second).contains(&start));
    let elapsed = event["gomon:lapsed"].as_u64().unwrap();
    assert!((4_000_000..60 * second).contains(&elapsed), "{elapsed}");
}

#[test]
fn integers_beyond_2_to_the_53_are_exact() {
    let probe = probe();
    let mut tracker = probe.root("numbers");
    tracker.set(Key::new("u"), u64::MAX);
    tracker.set(Key::new("i"), i64::MIN);
    tracker.set(Key::new("odd"), (1_u64 << 53) + 1);
    tracker.set(Key::new("ns"), Duration::from_nanos((1 << 53) + 1));
    tracker.set(Key::new("nan"), f64::NAN);
    tracker.set(Key::new("inf"), f64::INFINITY);
    tracker.set(Key::new("-inf"), f64::NEG_INFINITY);
    tracker.set(Key::new("bytes"), Value::Bytes(b"\xff\x00"));
    tracker.set(Key::new("none"), None::<u8>);
    tracker.finish();
    let text = probe.next().to_json();
    for part in [
        "\"u\":18446744073709551615",
        "\"i\":-9223372036854775808",
        "\"odd\":9007199254740993",
        "\"ns\":9007199254740993",
        "\"nan\":\"NaN\"",
        "\"inf\":\"Infinity\"",
        "\"-inf\":\"-Infinity\"",
        "\"bytes\":{\"base64\":\"/wA=\"}",
        "\"none\":null",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn plain_tracker_is_ok_or_error_after_an_error() {
    let probe = probe();
    probe.root("plain").finish();
    drop(probe.root("dropped"));
    let mut failed = probe.root("failed");
    failed.add_error_text("broken", Some("Kind"));
    failed.finish();
    let mut said = probe.root("said");
    said.set_outcome(Outcome::Error);
    said.finish();
    let outcomes: Vec<_> = (0..4)
        .map(|_| json(&probe.next())["gomon:outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["ok", "ok", "error", "error"]);
}

#[test]
fn future_is_ok_cancelled_or_panic_and_an_error_hides_no_panic() {
    let probe = probe();
    run(pending(2).tracked(probe.root("complete")), 2);
    let mut future = Box::pin(pending(2).tracked(probe.root("dropped")));
    assert!(
        future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    drop(future);
    drop(pending(1).tracked(probe.root("never polled")));
    let mut failed = probe.root("failed and dropped");
    failed.add_error_text("broken", None);
    drop(pending(1).tracked(failed));
    let mut failed = probe.root("failed and complete");
    failed.add_error_text("broken", None);
    run(pending(1).tracked(failed), 1);
    let panics = async { panic!("on purpose") }.tracked(probe.root("panic"));
    assert!(catch_unwind(AssertUnwindSafe(|| run(panics, 1))).is_err());
    let mut scope = probe.root("scope");
    let unwound = catch_unwind(AssertUnwindSafe(|| scope.scope(|| panic!("on purpose"))));
    assert!(unwound.is_err());
    scope.finish();
    let outcomes: Vec<_> = (0..7).map(|_| probe.next().as_event().outcome()).collect();
    use Outcome::{Cancelled, Error, Ok, Panic};
    assert_eq!(outcomes[..3], [Ok, Cancelled, Cancelled]);
    assert!(matches!(outcomes[3], Cancelled | Error));
    assert_eq!(outcomes[4..], [Error, Panic, Panic]);
}

#[test]
fn panicking_poll_is_counted() {
    let probe = probe();
    let mut future = Box::pin(
        async {
            pending(3).await;
            let begin = std::time::Instant::now();
            while begin.elapsed() < Duration::from_millis(2) {}
            panic!("on purpose");
        }
        .tracked(probe.root("panic")),
    );
    let mut poll = || {
        let mut context = Context::from_waker(Waker::noop());
        future.as_mut().poll(&mut context)
    };
    assert!(poll().is_pending() && poll().is_pending());
    assert!(catch_unwind(AssertUnwindSafe(poll)).is_err());
    drop(future);
    let event = json(&probe.next());
    assert_eq!(event["gomon:outcome"], "panic");
    assert_eq!(event["gomon:polls"], 3);
    let nanoseconds = |key: &str| event[key].as_u64().unwrap();
    assert!(nanoseconds("gomon:longest-poll") >= 2_000_000, "{event}");
    assert!(nanoseconds("gomon:busy") >= nanoseconds("gomon:longest-poll"));
    assert!(nanoseconds("gomon:lapsed") >= nanoseconds("gomon:busy"));
}

#[derive(Debug)]
struct Outer(std::io::Error);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot order")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn error_has_message_type_location_and_causes() {
    let probe = probe();
    let mut tracker = probe.root("job");
    let line = line!() + 1;
    tracker.add_error(&Outer(std::io::Error::other("the disk is full")));
    tracker.add_error_text("reset", Some("h2::Reset"));
    tracker.add_error_text("bare", None);
    tracker.finish();
    let event = json(&probe.next());
    let first = &event["error"][0];
    assert_eq!(first["message"], "cannot order");
    assert_eq!(first["type"], std::any::type_name::<Outer>());
    assert_eq!(first["chain"], serde_json::json!(["the disk is full"]));
    let location = first["location"].as_str().unwrap();
    assert!(
        location.starts_with(&format!("{}:{line}:", file!())),
        "{location}"
    );
    assert_eq!(event["error"][1]["type"], "h2::Reset");
    assert_eq!(event["error"][2].get("type"), None);
    assert_eq!(event["error"][2].get("chain"), None);
}

#[test]
fn application_event_is_first_with_its_fields_in_order() {
    let builder = Monitor::builder()
        .app_id("shop")
        .version("1.2")
        .environment("test")
        .field("region", "eu-1")
        .field("pid", "mine");
    let probe = Probe::with_application(builder);
    probe.root("job").finish();
    let first = probe.next();
    let event = json(&first);
    let header = HEADER.into_iter().filter(|key| *key != "parent");
    let fields = [
        "host",
        "execution-id",
        "version",
        "environment",
        "pid",
        "os",
        "arch",
        "gomon-version",
        "region",
        "user:pid",
    ];
    assert_eq!(names(&first), header.chain(fields).collect::<Vec<_>>());
    assert_eq!(event["gomon:fp"], "application");
    assert_eq!(event["gomon:lapsed"], 0);
    assert_eq!(event["app-id"], "shop");
    assert_eq!(event["pid"], std::process::id());
    assert!(Id::parse(event["execution-id"].as_str().unwrap()).is_some());
    assert_eq!(first.as_event().parent(), None);
    assert_eq!(json(&probe.next())["parent"], event["id"]);
}

#[test]
fn app_id_defaults_to_the_execution_id() {
    let probe = Probe::with_application(Monitor::builder());
    let event = json(&probe.next());
    assert_eq!(event["app-id"], event["execution-id"]);
    probe.root("job").finish();
    assert_eq!(json(&probe.next())["app-id"], event["app-id"]);
}

#[test]
fn later_listener_gets_the_application_event_first() {
    let probe = probe();
    probe.root("before").finish();
    let _ = probe.next();
    let (sender, seen) = std::sync::mpsc::channel();
    let listener = gomon_core::listener::from_fn("late", move |event: &gomon_core::Event<'_>| {
        let _ = sender.send(event.fingerprint().to_owned());
    });
    probe.monitor().add_listener(listener).unwrap();
    probe.root("after").finish();
    assert!(probe.monitor().flush(Duration::from_secs(30)).is_complete());
    assert_eq!(
        seen.try_iter().collect::<Vec<_>>(),
        ["application", "after"]
    );
}

/// Names of the tables of the event model.
const MODEL: &str = "id parent trace app-id gomon:fp gomon:start gomon:lapsed gomon:outcome error \
    gomon:busy gomon:polls gomon:longest-poll children gomon:cut links \
    host execution-id version environment pid os arch gomon-version \
    direction method proto url route headers response_headers remoteaddr content-length encoding \
    close response_code response_body request_size response_size first-byte upgrade get-conn \
    dns-start dns-done conn-start conn-done tls-hand-start tls-hand-done reused \
    driver dsn wait query query-fp operation table rows-aff last-id params tx row-count rows \
    columns isolation depth end laddr raddr laddr-net raddr-net conns read-size write-size \
    read-time write-time reads writes tls name seek-time sync-time num-cpu rust-version workers \
    rss virtual heap-alloc total-alloc mallocs frees live-obj prev-tracker-id mem-profile \
    cpu-profile command key commands db addr rpc-service rpc-method grpc-status messages-sent \
    messages-received deadline topic partition offset key-size payload-size delivery group lag \
    queue-time level target message module file line location total_lapsed childs errors produced \
    delivered failed dropped late quarantined bytes-held orphans config-errors";

#[test]
fn user_field_with_a_reserved_name_is_renamed() {
    let probe = probe();
    for name in MODEL.split_whitespace().chain(["gomon:own", "user:own"]) {
        let mut tracker = probe.root("job");
        tracker.set(Key::new(name), 1);
        tracker.finish();
        let event = probe.next();
        assert_eq!(
            names(&event),
            [&HEADER[..], &[&format!("user:{name}")]].concat(),
            "{name}"
        );
    }
    assert_eq!(
        probe.health().renamed_fields,
        MODEL.split_whitespace().count() as u64 + 2
    );
}

#[test]
fn root_is_its_own_trace_and_a_child_shares_its_first_half() {
    let probe = probe();
    let root = probe.root("root");
    let child = root.child("child");
    let grandchild = child.child("grandchild");
    assert_eq!(Tracker::trace(&root), root.id().as_trace());
    let text = root.id().to_string();
    assert!(
        text[14..].starts_with('4') && text[19..].starts_with(['8', '9', 'a', 'b']),
        "{text}"
    );
    for tracker in [&child, &grandchild] {
        assert_eq!(Tracker::trace(tracker), root.id().as_trace());
        assert_eq!(tracker.id().hi(), root.id().hi());
        assert_ne!(tracker.id().lo(), root.id().lo());
        assert_ne!(tracker.id().lo(), 0);
        assert_eq!(tracker.span_id(), SpanId::from_u64(tracker.id().lo()));
    }
    let (root_id, child_id) = (root.id(), child.id());
    let traceparent = grandchild.context().unwrap().traceparent();
    assert_eq!(traceparent.trace_id, root_id.as_trace());
    assert_eq!(traceparent.parent_id, grandchild.span_id());
    assert_eq!(
        traceparent.flags,
        TraceParent::SAMPLED | TraceParent::RANDOM
    );
    for tracker in [grandchild, child, root] {
        tracker.finish();
    }
    let events: Vec<_> = (0..3).map(|_| json(&probe.next())).collect();
    assert_eq!(events[0]["parent"], child_id.to_string());
    assert_eq!(events[1]["parent"], root_id.to_string());
    for event in events {
        assert_eq!(event["trace"], root_id.to_string().replace('-', ""));
    }
}

fn remote(header: &str, state: Option<&str>) -> TraceContext {
    TraceContext::from_headers(
        [header.as_bytes()].into_iter(),
        state.map(str::as_bytes).into_iter(),
    )
    .expect("well formed")
}

/// Asserts that a request of `called` continues the trace of `caller`.
fn continues(caller: &EventTracker, called: &Probe) {
    let header = caller.context().unwrap().traceparent().to_string();
    let request = called
        .monitor()
        .continued("request", &remote(&header, None));
    assert_eq!(Tracker::parent(&request), Some(caller.id()));
    assert_eq!(Tracker::trace(&request), Tracker::trace(caller));
}

#[test]
fn parent_across_services_is_the_exact_id_of_the_caller() {
    let (caller, called) = (probe(), probe());
    let root = caller.root("root");
    continues(&root, &called);
    continues(&root.child("call"), &called);
    for header in [
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-0000000000000000a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da60000000000000000-00f067aa0ba902b7-01",
    ] {
        let request = caller.monitor().continued("request", &remote(header, None));
        continues(&request, &called);
        continues(&request.child("call"), &called);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn remote_trace_is_propagated_unchanged(
        hi in prop_oneof![3 => any::<u64>(), 1 => Just(0)],
        lo in prop_oneof![3 => any::<u64>(), 1 => Just(0)],
        parent in 1u64..,
        flags in 0u8..4,
    ) {
        prop_assume!(hi != 0 || lo != 0);
        thread_local!(static PROBE: Probe = probe());
        let trace = TraceId::from_halves(hi, lo);
        let header = format!("00-{hi:016x}{lo:016x}-{parent:016x}-{flags:02x}");
        let half = if hi == 0 { lo } else { hi };
        PROBE.try_with(|probe| {
            let request = probe.monitor().continued("request", &remote(&header, Some("a=1,b=2")));
            let child = request.child("child");
            for (tracker, parent) in [(&request, Id::from_parts(half, parent)), (&child, request.id())] {
                prop_assert_eq!(Tracker::parent(tracker), Some(parent));
                prop_assert_eq!(tracker.id().hi(), half);
                prop_assert_ne!(tracker.id().lo(), 0);
                let context = tracker.context().unwrap();
                let out = context.traceparent().to_string();
                prop_assert_eq!(out, format!("00-{hi:016x}{lo:016x}-{:016x}-{flags:02x}", tracker.id().lo()));
                prop_assert_eq!(context.tracestate().map(gomon_core::TraceState::as_str), Some("a=1,b=2"));
                prop_assert_eq!(tracker.is_recording(), flags & 1 == 1);
            }
            let ids = [child.id(), request.id()];
            child.finish();
            request.finish();
            if flags & 1 == 1 {
                for id in ids {
                    let event = probe.next();
                    prop_assert_eq!(event.as_event().id(), id);
                    prop_assert_eq!(event.as_event().trace(), trace);
                }
            }
            Ok(())
        }).unwrap()?;
    }
}

#[test]
fn tracestate_headers_are_joined_and_a_bad_one_keeps_the_trace() {
    let probe = probe();
    let parent = &b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"[..];
    for (states, expected) in [
        (vec![&b"a=1"[..], b"b=2"], Some("a=1,b=2")),
        (vec![&b"a=1"[..], b"?"], None),
        (vec![], None),
    ] {
        let context = TraceContext::from_headers([parent].into_iter(), states.into_iter()).unwrap();
        let tracker = probe.monitor().continued("request", &context);
        let context = tracker.child("call").context().unwrap();
        assert_eq!(
            context.tracestate().map(gomon_core::TraceState::as_str),
            expected
        );
        assert_eq!(
            context.trace(),
            TraceId::from_u128(0x4bf92f3577b34da6a3ce929d0e0e4736)
        );
    }
}

#[test]
fn unsampled_remote_is_not_recorded_but_propagates_its_trace() {
    let probe = probe();
    let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02";
    let mut tracker = probe.monitor().continued("request", &remote(header, None));
    tracker.set(Key::new("a"), 1);
    tracker.add_error_text("broken", None);
    let child = tracker.child("child");
    assert_eq!(
        child.context().unwrap().traceparent().flags,
        TraceParent::RANDOM
    );
    tracker.attach(child);
    tracker.finish();
    probe.root("after").finish();
    assert_eq!(probe.next().as_event().fingerprint(), "after");
    assert_eq!(probe.health().open, 0);
}

#[test]
fn get_returns_fields_that_were_set() {
    let probe = probe();
    let mut tracker = probe.root("job");
    tracker.set(Key::new("a"), "x");
    tracker.set(Key::new("a"), 2.5);
    assert_eq!(Tracker::get(&tracker, "a"), Some(EventValue::F64(2.5)));
    assert_eq!(Tracker::get(&tracker, "b"), None);
}

#[test]
fn random_flag_of_a_trace_is_that_of_its_events() {
    let probe = probe();
    let continued = |flags: &str| {
        let header = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
        probe.monitor().continued("request", &remote(&header, None))
    };
    for (tracker, expected) in [
        (probe.root("job"), true),
        (continued("01"), false),
        (continued("03"), true),
    ] {
        tracker.child("child").finish();
        tracker.finish();
        for _ in 0..2 {
            assert_eq!(probe.next().as_event().is_random_trace(), expected);
        }
    }
}

#[test]
fn sections_and_fields_are_the_whole_event() {
    let probe = probe();
    let mut tracker = probe.root("job");
    tracker.set(Key::new("a"), 1);
    tracker.add_link(TraceId::from_u128(7), Id::from_parts(1, 2));
    tracker.attach(tracker.child("child"));
    tracker.add_error_text("broken", None);
    tracker.finish();
    let event = probe.next();
    let sections: Vec<_> = event.as_event().sections().map(|(key, _)| key).collect();
    assert_eq!(sections, ["error", "children", "links"]);
    let fields: Vec<_> = event.as_event().fields().iter().collect();
    assert_eq!(fields, [("a", EventValue::I64(1))]);
}
