//! Trackers compared with a reference model.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test may fail"
)]

mod probe;

use std::cell::Cell;
use std::time::Duration;

use gomon_core::adapter::{HeaderSource, HeaderVisitor, UrlParts, keys};
use gomon_core::{
    Event, EventValue, Id, Key, Limits, Monitor, OwnedEvent, TraceId, Tracker, Value,
};
use probe::Probe;
use probe::model::{Expected, Model, lent};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const CASES: u32 = 1_024;

fn run<S: Strategy>(strategy: &S, check: impl Fn(S::Value)) {
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 1_000,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(strategy, |input| {
        check(input);
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

/// Returns a strategy that parses `pattern` once; a `&str` as strategy is parsed for each value.
fn regex(pattern: &str) -> impl Strategy<Value = String> + use<> {
    proptest::string::string_regex(pattern).expect("a pattern")
}

/// Generates names: repeated, reserved, secret, too long, and arbitrary ones.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => proptest::sample::select(vec!["a".to_owned(), "b".to_owned()]),
        2 => regex("n-[é\\x00-\\x1f\"\\\\ψ0-9]{0,6}"),
        2 => proptest::sample::select(vec!["route", "id", "gomon:fp", "user:x", "method", "children"])
            .prop_map(str::to_owned),
        1 => proptest::sample::select(vec!["password", "api_key", "user:token"]).prop_map(str::to_owned),
        1 => (248usize..262, proptest::bool::ANY)
            .prop_map(|(length, wide)| if wide { "é".repeat(length / 2) } else { "x".repeat(length) }),
        1 => (248usize..262).prop_map(|length| format!("user:{}", "y".repeat(length))),
        1 => Just(String::new()),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let unit = proptest::sample::select(vec!["a", "é", "😀"]);
    prop_oneof![
        4 => regex("[a-zé\\x00-\\x1f\"\\\\\\u{2028}😀]{0,12}"),
        1 => (0usize..40, unit.clone()).prop_map(|(count, unit)| unit.repeat(count)),
        1 => (0usize..3_000, unit).prop_map(|(count, unit)| unit.repeat(count)),
    ]
}

fn leaf() -> impl Strategy<Value = Model> {
    prop_oneof![
        1 => Just(Model::Null),
        1 => any::<bool>().prop_map(Model::Bool),
        2 => any::<i64>().prop_map(Model::I64),
        2 => any::<u64>().prop_map(Model::U64),
        2 => proptest::num::f64::ANY.prop_map(Model::F64),
        1 => proptest::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0])
            .prop_map(Model::F64),
        6 => text().prop_map(Model::Str),
        1 => text().prop_map(Model::Long),
        1 => proptest::collection::vec(any::<u8>(), 0..40).prop_map(Model::Bytes),
        1 => (any::<u64>(), any::<u64>()).prop_map(|(hi, lo)| Model::Uuid(Id::from_parts(hi, lo))),
        1 => (any::<u64>(), 0u32..1_000_000_000).prop_map(|(s, ns)| Model::Duration(Duration::new(s, ns))),
    ]
}

fn value() -> impl Strategy<Value = Model> {
    leaf().prop_recursive(9, 24, 4, |inner| {
        prop_oneof![
            4 => proptest::collection::vec(inner.clone(), 0..6).prop_map(Model::List),
            3 => proptest::collection::vec((name(), inner.clone()), 0..6).prop_map(Model::Map),
            1 => (120usize..140, leaf()).prop_map(|(count, one)| Model::List(vec![one; count])),
        ]
    })
}

fn small() -> Limits {
    Limits::default()
        .with_event(2_048)
        .with_fields(6)
        .with_string(16)
        .with_long_string(40)
}

/// Sets all fields in one tracker and compares the event with the model.
fn check_sets(probe: &Probe, limits: &Limits, sets: &[(String, Model)]) {
    let before = probe.health();
    let mut expected = Expected::new(limits, "case");
    let mut tracker = probe.root("case");
    for (name, value) in sets {
        tracker.set(Key::new(name), lent(value));
        expected.set(name, value);
    }
    tracker.finish();
    let event = probe.next();
    expected.check(&event);
    assert!(event.as_event().as_bytes().len() <= limits.event());
    check_round_trip(&event);
    let after = probe.health();
    assert_eq!(
        after.limited_fields - before.limited_fields,
        expected.limited,
        "limited"
    );
    assert_eq!(
        after.renamed_fields - before.renamed_fields,
        expected.renamed,
        "renamed"
    );
}

fn check_round_trip(event: &OwnedEvent) {
    let view = event.as_event();
    let again = Event::from_bytes(view.as_bytes(), view.app_id()).expect("it was an event");
    assert_eq!(again.to_owned().to_json(), event.to_json());
    assert_eq!(again.to_owned().as_event().as_bytes(), view.as_bytes());
}

#[test]
fn any_sequence_of_sets_matches_the_model() {
    let probe = Probe::new(Limits::default());
    let sets = proptest::collection::vec((name(), value()), 0..10);
    run(&sets, |sets| check_sets(&probe, &Limits::default(), &sets));
}

#[test]
fn small_limits_match_the_model() {
    let probe = Probe::new(small());
    let sets = proptest::collection::vec((name(), value()), 0..10);
    run(&sets, |sets| check_sets(&probe, &small(), &sets));
}

#[test]
fn fields_beyond_128_are_dropped_and_counted() {
    let probe = Probe::new(Limits::default());
    let number = |n: usize| (format!("k{}", n % 200), Model::U64(n as u64));
    let sets: Vec<_> = (0..260).map(number).collect();
    check_sets(&probe, &Limits::default(), &sets);
}

#[test]
fn field_beyond_64_kib_is_dropped_counted_and_named() {
    let probe = Probe::new(Limits::default());
    let sets: Vec<_> = (0..100)
        .map(|n| (format!("k{n}"), Model::Str("é".repeat(600))))
        .collect();
    check_sets(&probe, &Limits::default(), &sets);
}

#[test]
fn large_value_can_replace_another() {
    let probe = Probe::new(Limits::default());
    let large = |fill: &str| Model::List(vec![Model::Str(fill.repeat(1_000)); 40]);
    let sets = [("k".to_owned(), large("a")), ("k".to_owned(), large("b"))];
    check_sets(&probe, &Limits::default(), &sets);
}

#[test]
fn truncated_name_is_the_same_field_as_its_prefix() {
    let probe = Probe::new(Limits::default());
    for length in 256..300 {
        let sets = [
            ("x".repeat(length), Model::U64(1)),
            ("x".repeat(255), Model::U64(2)),
        ];
        check_sets(&probe, &Limits::default(), &sets);
    }
}

#[test]
fn value_with_shared_parts_is_bounded_in_time_and_memory() {
    let probe = Probe::new(Limits::default());
    let text = "x".repeat(1_000);
    let mut tracker = probe.root("bomb");
    fn nest(depth: usize, value: Value<'_>, tracker: &mut gomon_core::EventTracker) {
        match depth {
            0 => tracker.set(Key::new("bomb"), value),
            _ => nest(depth - 1, Value::List(&[value; 128]), tracker),
        }
    }
    nest(7, Value::Str(&text), &mut tracker);
    tracker.set(Key::new("after"), 1);
    tracker.finish();
    let event = probe.next();
    assert_eq!(event.as_event().get("bomb"), None);
    assert_eq!(event.as_event().get("after"), Some(EventValue::I64(1)));
    assert_eq!(probe.health().limited_fields, 1);
}

#[test]
fn event_keeps_its_first_16_errors_and_32_links() {
    let probe = Probe::new(Limits::default());
    let mut tracker = probe.root("job");
    for n in 0..40_u64 {
        tracker.add_error_text(&format!("error {n}"), None);
        tracker.add_link(TraceId::from_u128(n.into()), Id::from_parts(1, n));
    }
    tracker.finish();
    let event = probe.next();
    let json: serde_json::Value = serde_json::from_str(&event.to_json()).unwrap();
    let errors = json["error"].as_array().unwrap();
    assert_eq!(errors.len(), 16);
    assert_eq!(errors[15]["message"], "error 15");
    let links = json["links"].as_array().unwrap();
    assert_eq!(links.len(), 32);
    assert_eq!(links[31]["trace"], format!("{:032x}", 31));
    assert_eq!(links[31]["id"], Id::from_parts(1, 31).to_string());
}

#[test]
fn single_link_is_encoded_like_the_first_of_many() {
    let probe = Probe::new(Limits::default());
    for links in 1..3_u64 {
        let mut tracker = probe.root("job");
        for n in 0..links {
            tracker.add_link(TraceId::from_u128(n.into()), Id::from_parts(1, n));
        }
        tracker.set(Key::new("after"), 7);
        tracker.finish();
        let event = probe.next();
        check_round_trip(&event);
        let json: serde_json::Value = serde_json::from_str(&event.to_json()).unwrap();
        assert_eq!(json["after"], 7);
        let found = json["links"].as_array().unwrap();
        assert_eq!(found.len() as u64, links);
        assert_eq!(found[0]["trace"], format!("{:032x}", 0));
        assert_eq!(found[0]["id"], Id::from_parts(1, 0).to_string());
    }
    // The pooled body has no link left.
    probe.root("job").finish();
    assert!(probe.next().to_json().find("links").is_none());
}

#[test]
fn fields_behind_links_errors_and_children_leave_room_for_them() {
    // Reserve at the end of an event; the heads of four sections take less than 72 bytes of it.
    const RESERVE: usize = 256 - 72;
    let limits = Limits::default().with_event(4096).with_fields(1024);
    let probe = Probe::new(limits);
    for what in 0..8 {
        let mut tracker = probe.root("job");
        if what & 1 != 0 {
            tracker.add_link(TraceId::from_u128(1), Id::from_parts(1, 2));
        }
        if what & 2 != 0 {
            tracker.add_error_text(&"x".repeat(200), None);
        }
        if what & 4 != 0 {
            let mut child = tracker.child("child");
            child.set(Key::new("text"), "x".repeat(200).as_str());
            tracker.attach(child);
        }
        for n in 0..1024 {
            tracker.set(Key::new(&format!("n{n}")), n);
        }
        tracker.finish();
        let event = probe.next();
        let length = event.as_event().as_bytes().len();
        assert!(length <= 4096 - RESERVE, "{what}: {length}");
        assert!(length > 4096 - 512, "{what}: {length}");
    }
}

#[test]
fn maps_of_constant_names_are_encoded_like_others() {
    const SIZE: Key<'static> = Key::new("size");
    const QUERY: Key<'static> = Key::new("query");
    let probe = Probe::new(Limits::default());
    let mut tracker = probe.root("job");
    tracker.set(
        Key::new("known"),
        Value::fields(&[(SIZE, 1.into()), (QUERY, "b".into())]),
    );
    tracker.set(
        Key::new("other"),
        Value::Map(&[("size", 1.into()), ("query", "b".into())]),
    );
    tracker.finish();
    let json: serde_json::Value = serde_json::from_str(&probe.next().to_json()).unwrap();
    assert_eq!(json["known"], json["other"]);
    assert_eq!(json["known"]["query"], "b");
}

/// Headers with a counter of visits.
struct Counted<'a> {
    value: &'a str,
    reads: Cell<usize>,
}

impl HeaderSource for Counted<'_> {
    fn visit(&self, visitor: &mut dyn HeaderVisitor) {
        self.reads.set(self.reads.get() + 1);
        visitor.single("referer", Some(self.value.as_bytes()));
        visitor.single("accept", Some(b"*/*"));
    }
}

#[test]
fn headers_with_a_value_over_the_limit_are_read_once() {
    let limits = Limits::default();
    let probe = Probe::new(limits.clone());
    for (length, is_cut) in [(limits.string(), false), (limits.string() + 1, true)] {
        let before = probe.health().cut_values;
        let headers = Counted {
            value: &"a ".repeat(length)[..length],
            reads: Cell::new(0),
        };
        let mut tracker = probe.root("request");
        tracker.set(keys::HEADERS, Value::headers(&headers));
        // Setting it again replaces it and adds no second name.
        assert_eq!(headers.reads.get(), 1);
        tracker.set(keys::HEADERS, Value::headers(&headers));
        tracker.finish();
        let json: serde_json::Value = serde_json::from_str(&probe.next().to_json()).unwrap();
        assert_eq!(json["headers"]["accept"][0], "*/*");
        let cut: &[&str] = if is_cut { &["headers"] } else { &[] };
        let noted = json["gomon:cut"].as_array().into_iter().flatten();
        assert_eq!(noted.collect::<Vec<_>>(), cut);
        assert_eq!(probe.health().cut_values - before, 2 * cut.len() as u64);
    }
}

#[test]
fn cut_url_is_not_encoded_again() {
    let probe = Probe::new(Limits::default());
    let path = "/a".repeat(600);
    let mut tracker = probe.root("request");
    tracker.set(keys::URL, Value::url(UrlParts::new(&path)));
    tracker.set(Key::new("status"), 200);
    tracker.finish();
    let json: serde_json::Value = serde_json::from_str(&probe.next().to_json()).unwrap();
    assert_eq!(json["url"]["path"], path[..1024]);
    assert_eq!(json["status"], 200);
    assert_eq!(json["gomon:cut"], serde_json::json!(["url"]));
    assert_eq!(probe.health().cut_values, 1);
}

#[test]
fn errors_links_and_children_stay_within_the_event_limit() {
    let probe = Probe::new(small());
    let sections = proptest::collection::vec((0u8..4, text()), 0..40);
    run(&sections, |sections| {
        let mut tracker = probe.root("case");
        for (what, text) in &sections {
            match what {
                0 => tracker.add_error_text(text, Some(text)),
                1 => tracker.add_link(TraceId::from_u128(1), Id::from_parts(1, 2)),
                2 => tracker.set(Key::new(text), text.as_str()),
                _ => {
                    let mut child = tracker.child("child");
                    child.set(Key::new("text"), text.as_str());
                    tracker.attach(child);
                }
            }
        }
        let id = tracker.id();
        tracker.finish();
        let event = loop {
            // Children without room are delivered separately, before it.
            let event = probe.next();
            assert!(event.as_event().as_bytes().len() <= small().event());
            assert!(serde_json::from_str::<serde_json::Value>(&event.to_json()).is_ok());
            check_round_trip(&event);
            if event.as_event().id() == id {
                break event;
            }
            assert_eq!(event.as_event().parent(), Some(id));
        };
        let inside = event
            .as_event()
            .children()
            .map_or(0, |children| children.iter().count());
        let attached = sections.iter().filter(|(what, _)| *what == 3).count();
        assert!(inside <= attached);
    });
}

#[test]
fn child_beyond_the_eighth_level_is_delivered_separately_and_counted() {
    let probe = Probe::new(Limits::default());
    let mut open = vec![probe.root("level")];
    for _ in 0..11 {
        let child = open.last().unwrap().child("level");
        open.push(child);
    }
    let ids: Vec<_> = open.iter().map(gomon_core::EventTracker::id).collect();
    while open.len() > 1 {
        let child = open.pop().unwrap();
        open.last_mut().unwrap().attach(child);
    }
    open.pop().unwrap().finish();
    let deep = probe.next();
    let shallow = probe.next();
    assert_eq!(probe.health().detached_children, 1);
    assert_eq!(depth(shallow.as_event()) + depth(deep.as_event()), 10);
    assert_eq!(depth(deep.as_event()), 8);
    assert_eq!(shallow.as_event().id(), ids[0]);
    assert_eq!(deep.as_event().parent(), Some(ids[2]));
    check_round_trip(&deep);
}

fn depth(event: Event<'_>) -> usize {
    let children = event.children();
    children
        .and_then(|all| all.iter().map(depth).max())
        .map_or(0, |below| below + 1)
}

#[test]
fn child_without_room_is_delivered_separately_and_counted() {
    let probe = Probe::new(Limits::default());
    let mut parent = probe.root("parent");
    let text = "x".repeat(1_000);
    for _ in 0..3 {
        let mut child = parent.child("child");
        for n in 0..30 {
            child.set(Key::new(&format!("k{n}")), text.as_str());
        }
        parent.attach(child);
    }
    let id = parent.id();
    parent.finish();
    let alone = probe.next();
    let event = probe.next();
    assert_eq!(
        (alone.as_event().fingerprint(), alone.as_event().parent()),
        ("child", Some(id))
    );
    assert_eq!(alone.as_event().fields().iter().count(), 30);
    let inside: Vec<_> = event.as_event().children().unwrap().iter().collect();
    assert_eq!(inside.len(), 2);
    assert!(
        inside
            .iter()
            .all(|child| child.fields().iter().count() == 30)
    );
    assert!(event.as_event().as_bytes().len() <= Limits::default().event());
    assert_eq!(probe.health().detached_children, 1);
    check_round_trip(&event);
}

#[test]
fn times_of_attached_children_are_wall_clock_times() {
    let probe = Probe::new(Limits::default());
    let mut parent = probe.root("parent");
    let child = parent.child("child");
    parent.attach(child);
    parent.finish();
    let event = probe.next();
    let event = event.as_event();
    let child = event.children().unwrap().iter().next().unwrap();
    assert!(child.start_ns() >= event.start_ns());
    let end = |event: Event<'_>| event.start_ns() + event.elapsed().as_nanos() as u64;
    assert!(end(child) <= end(event));
}

/// Reads every part of an event; returns the number of parts.
fn walk(event: Event<'_>) -> usize {
    let mut seen = format!("{event:?}").len() + event.to_owned().to_json().len();
    let _ = (
        event.id(),
        event.parent(),
        event.trace(),
        event.span_id(),
        event.start_ns(),
    );
    let _ = (
        event.elapsed(),
        event.outcome(),
        event.fingerprint(),
        event.get("error"),
    );
    for (name, value) in event.fields().iter() {
        seen += name.len() + walk_value(value);
    }
    for child in event
        .children()
        .iter()
        .flat_map(gomon_core::EventChildren::iter)
    {
        seen += walk(child);
    }
    seen
}

fn walk_value(value: EventValue<'_>) -> usize {
    match value {
        EventValue::List(list) => list.iter().map(walk_value).sum(),
        EventValue::Map(map) => map.iter().map(|(_, value)| walk_value(value)).sum(),
        EventValue::Children(children) => children.iter().map(walk).sum(),
        other => format!("{other:?}").len() + other.as_u64().map_or(0, |_| 1),
    }
}

/// Returns a record with every kind of field and section.
fn sample() -> Vec<u8> {
    let probe = Probe::new(Limits::default());
    let mut tracker = probe.root("sample");
    tracker.set(
        Key::new("list"),
        Value::List(&[Value::Null, 1.5.into(), Value::List(&["a".into()])]),
    );
    tracker.set(
        Key::new("map"),
        Value::Map(&[("a", true.into()), ("b", Value::Bytes(b"\xff"))]),
    );
    tracker.set(Key::new("long"), "x".repeat(2_000).as_str());
    tracker.add_error(&std::io::Error::other("broken"));
    tracker.add_link(TraceId::from_u128(7), Id::from_parts(1, 2));
    let mut child = tracker.child("child");
    let grandchild = child.child("grandchild");
    child.attach(grandchild);
    tracker.attach(child);
    tracker.finish();
    probe.next().as_event().as_bytes().to_vec()
}

#[test]
fn record_with_changed_bytes_is_read_without_a_panic() {
    let record = sample();
    let changes = proptest::collection::vec((0..record.len(), any::<u8>()), 1..8);
    run(&(changes, 0..record.len()), |(changes, length)| {
        let mut record = record.clone();
        for (at, byte) in changes {
            record[at] = byte;
        }
        Event::from_bytes(&record, "shop").map(walk);
        record.truncate(length.max(72));
        let length = record.len() as u32;
        record[..4].copy_from_slice(&length.to_le_bytes());
        Event::from_bytes(&record, "shop").map(walk);
    });
}

#[test]
fn any_bytes_after_a_header_are_read_without_a_panic() {
    let header = sample()[..72].to_vec();
    let tail = proptest::collection::vec(prop_oneof![0u8..16, any::<u8>()], 0..300);
    run(
        &(tail, 0u16..20, 0u32..300),
        |(tail, fingerprint, fields)| {
            let mut record = header.clone();
            record.extend(&tail);
            let length = record.len() as u32;
            record[..4].copy_from_slice(&length.to_le_bytes());
            record[64..66].copy_from_slice(&fingerprint.to_le_bytes());
            record[66..68].copy_from_slice(&u16::MAX.to_le_bytes());
            record[68..72].copy_from_slice(&fields.to_le_bytes());
            Event::from_bytes(&record, "shop").map(walk);
        },
    );
}

#[test]
fn deeply_nested_record_does_not_exhaust_the_stack() {
    let header = sample()[..72].to_vec();
    for tag in [10_u8, 11, 12] {
        let mut inner = Vec::new();
        for _ in 0..20_000 {
            let mut outer = if tag == 11 { vec![0, tag] } else { vec![tag] };
            let mut body = 1_u32.to_le_bytes().to_vec();
            body.append(&mut inner);
            outer.extend((body.len() as u32).to_le_bytes());
            outer.extend(body);
            inner = outer;
            if inner.len() > 200_000 {
                break;
            }
        }
        let field = if tag == 11 {
            inner
        } else {
            [&[0][..], &inner].concat()
        };
        let mut record = [header.clone(), field].concat();
        let (length, fields) = (record.len() as u32, (record.len() - 72) as u32);
        record[..4].copy_from_slice(&length.to_le_bytes());
        record[64..66].copy_from_slice(&[0, 0]);
        record[66..68].copy_from_slice(&1_u16.to_le_bytes());
        record[68..72].copy_from_slice(&fields.to_le_bytes());
        let event = Event::from_bytes(&record, "shop").expect("a header and its length");
        assert!(walk(event) > 0);
    }
}

#[test]
fn noop_tracker_accepts_every_call() {
    let mut tracker = Monitor::noop().root("noop");
    tracker.set(Key::new("a"), 1);
    assert_eq!(Tracker::get(&tracker, "a"), None);
}
