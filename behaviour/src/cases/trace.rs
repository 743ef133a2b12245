//! Cases of trace context, by policy.

use gomon_http::{HttpConfig, TracePolicy};

use super::ok;
use crate::case::{Case, Reaction, Seen};
use crate::expect::Expect;
use crate::json::EventJson;
use crate::script::{Request, get};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const PARENT_ID: &str = "0af76519-16cd-43dd-b7ad-6b7169203331";
/// Invalid `traceparent` headers.
const MALFORMED: [&str; 7] = [
    "garbage",
    "",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
];

pub(super) fn cases() -> Vec<Case> {
    let policy = |policy| HttpConfig::default().with_trace_policy(policy);
    let called = |path| -> Request {
        get(path)
            .with("traceparent", PARENT)
            .with("tracestate", "a=1")
            .with("tracestate", "b=2")
    };
    let alone = || ok("/context").absent("links");
    let twice = || {
        get("/context")
            .with("traceparent", PARENT)
            .with("traceparent", PARENT)
    };
    let malformed = |name, policy| {
        let requests = MALFORMED
            .map(|parent| get("/context").with("traceparent", parent))
            .to_vec();
        let case = Case::keep_alive(name, requests)
            .config(policy)
            .check(is_new_trace);
        MALFORMED.iter().fold(case, |case, _| case.records(alone()))
    };
    vec![
        Case::request("a trusted caller is the parent", called("/context"))
            .config(policy(TracePolicy::Trust))
            .answers(Reaction::status(200))
            .records(alone().is("trace", TRACE).is("parent", PARENT_ID))
            .check(|seen| carries(seen, "-01\na=1,b=2")),
        Case::request(
            "the children of a trusted caller's request",
            called("/child"),
        )
        .config(policy(TracePolicy::Trust))
        .records(ok("/child").is("trace", TRACE).is("parent", PARENT_ID))
        .check(|seen| {
            let strays = seen
                .others
                .iter()
                .filter(|event| event.text("trace") != TRACE)
                .count();
            (strays > 0).then(|| format!("{strays} children belong to another trace"))
        }),
        Case::request(
            "a trusted caller without the sampled flag",
            get("/context").with("traceparent", PARENT.replace("-01", "-00")),
        )
        .config(policy(TracePolicy::Trust))
        .check(|seen| {
            let body = String::from_utf8_lossy(&seen.answers[0].body).into_owned();
            let carried = body.starts_with(&format!("00-{TRACE}-")) && body.ends_with("-00\n");
            (!carried).then(|| format!("the context is {body}"))
        }),
        Case::request(
            "a trusted caller with a bad tracestate",
            get("/context")
                .with("traceparent", PARENT)
                .with("tracestate", "?"),
        )
        .config(policy(TracePolicy::Trust))
        .records(alone().is("trace", TRACE))
        .check(|seen| carries(seen, "-01\n")),
        Case::request("an untrusted caller is linked", called("/context"))
            .config(policy(TracePolicy::Link))
            .records(
                ok("/context")
                    .is("links.0.trace", TRACE)
                    .is("links.0.id", PARENT_ID)
                    .absent("links.1"),
            )
            .check(is_new_trace)
            .check(|seen| carries(seen, "\n")),
        Case::request("callers are linked by default", called("/fix")).records(
            ok("/fix")
                .is("links.0.trace", TRACE)
                .is("links.0.id", PARENT_ID),
        ),
        Case::request("an ignored caller", called("/context"))
            .config(policy(TracePolicy::Ignore))
            .records(alone())
            .check(is_new_trace)
            .check(|seen| carries(seen, "\n")),
        malformed("malformed callers, trusted", policy(TracePolicy::Trust)),
        malformed("malformed callers, linked", policy(TracePolicy::Link)),
        Case::request("a duplicate traceparent", twice())
            .config(policy(TracePolicy::Trust))
            .records(alone())
            .check(is_new_trace),
        Case::request("a request without a caller", get("/fix"))
            .records(Expect::outcome("ok").absent("links"))
            .check(is_new_trace),
    ]
}

/// Checks that every request is a root: its trace is its own id, and its parent is the application.
fn is_new_trace(seen: &Seen) -> Option<String> {
    let is_root = |event: &EventJson| {
        event.text("trace") == event.text("id").replace('-', "")
            && event.text("parent") == seen.application
    };
    (!seen.requests.iter().all(is_root)).then(|| "the event is not a root".to_owned())
}

/// Checks that an outgoing call carries this event as its parent, followed by `rest`.
fn carries(seen: &Seen, rest: &str) -> Option<String> {
    let event = &seen.requests[0];
    let id = event.text("id").replace('-', "");
    let expected = format!(
        "00-{}-{}-",
        event.text("trace"),
        id.get(16..).unwrap_or_default()
    );
    let body = String::from_utf8_lossy(&seen.answers[0].body).into_owned();
    let carried = body.starts_with(&expected) && body.ends_with(rest);
    (!carried).then(|| format!("expected {expected}…{rest:?}, the context is {body:?}"))
}
