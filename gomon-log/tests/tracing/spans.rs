//! Parents, fields and times of spans.

use gomon_core::{Key, current, tracker};
use serde_json::json;
use tracing::{Span, field, info, info_span, instrument};

use crate::{assert_child, monitor, named};

#[test]
fn span_is_a_child_of_the_current_tracker_and_a_parent_of_trackers() {
    let gomon = monitor();
    gomon.root().scope(|| {
        info_span!("outer").in_scope(|| {
            let mut step = tracker("step");
            step.set(Key::new("message"), "step");
            step.scope(|| info_span!("inner").in_scope(|| info!("line")));
        });
    });
    let events = gomon.events();
    let request = gomon.one("request");
    let (outer, step) = (named(&events, "outer"), gomon.one("step"));
    assert_eq!(outer["parent"], request["id"]);
    assert_eq!(step["parent"], outer["id"]);
    assert_eq!(named(&events, "inner")["parent"], step["id"]);
    assert_child(&events, "line", "inner");
    assert!(
        events
            .iter()
            .all(|event| event["trace"] == request["trace"])
    );
}

#[test]
fn parents_are_explicit_contextual_or_none() {
    let gomon = monitor();
    gomon.root().scope(|| {
        let one = info_span!("one");
        let two = info_span!("two");
        two.in_scope(|| {
            info_span!(parent: &one, "explicit");
            info_span!("contextual");
            info_span!(parent: None, "root");
            info!(parent: &one, "explicit line");
        });
        // Not entered.
        info_span!(parent: one.id(), "later");
    });
    let events = gomon.events();
    assert_child(&events, "explicit", "one");
    assert_child(&events, "contextual", "two");
    assert_child(&events, "explicit line", "one");
    assert_child(&events, "later", "one");
    // Without a global monitor, a root is not recorded.
    assert!(events.iter().all(|event| event["message"] != "root"));
}

#[test]
fn fields_are_typed() {
    let gomon = monitor();
    gomon.root().scope(|| {
        let span = info_span!(
            "work",
            yes = true,
            signed = -7,
            unsigned = 7_u64,
            float = 0.5,
            text = "a text",
            debug = ?Some(1),
            display = %"shown",
            wide = u128::MAX,
            narrow = 5_i128,
            none = field::Empty,
            late = field::Empty,
        );
        span.record("late", 3);
        span.record("signed", -8);
    });
    let span = gomon.one("tracing-span");
    let expected = json!({
        "yes": true, "signed": -8, "unsigned": 7, "float": 0.5, "text": "a text", "debug": "Some(1)",
        "display": "shown", "wide": u128::MAX.to_string(), "narrow": 5, "user:late": 3,
        "level": "info", "target": "tracing::spans", "message": "work", "gomon:outcome": "ok",
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(span[key], *value, "{key}");
    }
    assert!(span["file"].as_str().unwrap().ends_with("spans.rs") && span["line"].is_u64());
    assert!(span.get("none").is_none());
}

#[test]
fn values_pass_the_redaction_policy() {
    #[instrument]
    fn login(user: &str, password: &str, url: &str) {
        info!(token = "abc", "with {}", "password=hunter2");
    }
    let gomon = monitor();
    gomon
        .root()
        .scope(|| login("me", "hunter2", "https://me:pw@example.org/"));
    let span = gomon.one("tracing-span");
    assert_eq!(
        (&span["user"], &span["password"]),
        (&json!("me"), &json!("[redacted]"))
    );
    assert_eq!(span["user:url"], "https://[redacted]@example.org/");
    let line = gomon.one("tracing-event");
    assert_eq!(line["message"], "with password=[redacted]");
    assert_eq!(line["token"], "[redacted]");
}

#[test]
fn current_tracker_is_that_of_the_entered_span() {
    let gomon = monitor();
    gomon.root().scope(|| {
        info_span!("work").in_scope(|| {
            let set = current(|tracker| {
                tracker.set(Key::new("cart"), 17);
                info_span!("nested").in_scope(|| info!("deep"));
            });
            assert!(set.is_some());
        });
    });
    let events = gomon.events();
    assert_eq!(named(&events, "work")["cart"], 17);
    assert_child(&events, "nested", "work");
    assert_child(&events, "deep", "nested");
}

#[test]
fn time_inside_a_span_is_busy() {
    let gomon = monitor();
    gomon.root().scope(|| {
        let span = info_span!("work");
        span.in_scope(|| ());
        span.in_scope(|| ());
        drop(span);
        info_span!("never entered");
    });
    let events = gomon.events();
    let work = named(&events, "work");
    assert_eq!(work["gomon:polls"], 2);
    let time = |key: &str| work[key].as_u64().unwrap();
    assert!(time("gomon:busy") >= time("gomon:longest-poll"));
    assert!(time("gomon:lapsed") >= time("gomon:busy"));
    assert!(named(&events, "never entered").get("gomon:polls").is_none());
}

#[test]
fn follows_from_becomes_a_link() {
    let gomon = monitor();
    gomon.root().scope(|| {
        let (one, two) = (info_span!("one"), info_span!("two"));
        two.follows_from(&one);
    });
    let events = gomon.events();
    let one = named(&events, "one");
    let links = json!([{ "trace": one["trace"], "id": one["id"] }]);
    assert_eq!(named(&events, "two")["links"], links);
}

#[test]
fn error_of_an_instrumented_function_is_that_of_its_span() {
    #[instrument(err)]
    fn fails() -> Result<(), std::num::ParseIntError> {
        "x".parse::<i32>().map(|_| ())
    }
    let gomon = monitor();
    gomon.root().scope(|| {
        let _ = fails();
        // Any other error is its own event only.
        info_span!("fine").in_scope(|| tracing::error!(error = "no", "reported"));
    });
    let events = gomon.events();
    let span = named(&events, "fails");
    assert_eq!(span["gomon:outcome"], "error");
    assert_eq!(span["error"][0]["message"], "invalid digit found in string");
    assert_eq!(named(&events, "fine")["gomon:outcome"], "ok");
    let reported = named(&events, "reported");
    assert_eq!(
        (&reported["gomon:outcome"], &reported["error"][0]["message"]),
        (&json!("error"), &json!("no"))
    );
    assert_eq!(gomon.one("request")["gomon:outcome"], "ok");
}

#[test]
fn panic_that_unwinds_a_span_is_its_outcome() {
    let gomon = monitor();
    let caught = std::panic::catch_unwind(|| {
        gomon
            .root()
            .scope(|| info_span!("unwound").in_scope(|| std::panic::panic_any("planned")));
    });
    assert!(caught.is_err());
    assert_eq!(gomon.one("tracing-span")["gomon:outcome"], "panic");
}

#[test]
fn guards_that_are_dropped_out_of_order_bleed_into_nothing() {
    let gomon = monitor();
    gomon.root().scope(|| {
        let one = info_span!("one").entered();
        let two = info_span!("two").entered();
        drop(one);
        info!("in two");
        drop(two);
        info!("in none");
    });
    gomon.root().scope(|| {
        // A guard that outlives its scope.
        #[expect(clippy::mem_forget, reason = "programs do it")]
        std::mem::forget(info_span!("kept").entered());
    });
    let mut later = gomon.monitor().root("later");
    later.scope(|| tracker("after").finish());
    let id = later.id().to_string();
    drop(later);
    let events = gomon.events();
    assert_child(&events, "in two", "two");
    let requests = gomon.of("request");
    assert_eq!(named(&events, "in none")["parent"], requests[0]["id"]);
    assert_eq!(gomon.one("after")["parent"], id.as_str());
    drop(Span::current());
}
