//! Cases of routes, paths, queries and exclusions.

use gomon_http::HttpConfig;

use super::{answered, ok};
use crate::Deviation;
use crate::case::{Case, Reaction};
use crate::json::EventJson;
use crate::script::{Request, get, post};

pub(super) fn cases() -> Vec<Case> {
    let wrong_method = |name, request| {
        Case::request(name, request)
            .answers(Reaction::status(405))
            .records(answered("ok", 405, "/fix"))
            .deviates(Deviation::WrongMethodIsNotFound, |case, _| {
                case.with_expectations(
                    Some(Reaction::status(404)),
                    Some(answered("ok", 404, "<unmatched>")),
                )
            })
    };
    vec![
        Case::request("a template", get("/users/4711"))
            .answers(Reaction::status(200).body("hello"))
            .records(ok("/users/{id}").is("url.path", "/users/4711")),
        Case::request("a nested template", get("/nested/a/b/c"))
            .answers(Reaction::status(200).body("hello"))
            .records(ok("/nested/{x}/b/{id}").is("url.path", "/nested/a/b/c")),
        Case::request("an unknown path", get("/nowhere/at/all"))
            .answers(Reaction::status(404))
            .records(
                answered("ok", 404, "<unmatched>")
                    .is("url.path", "/nowhere/at/all")
                    .absent("error"),
            ),
        wrong_method("a wrong method", post("/fix", "x")),
        wrong_method("an unknown method", Request::new("FROBNICATE", "/fix"))
            .map_events(|event| event.is("method", "_OTHER"))
            .deviates(Deviation::UnknownMethodUnseen, |case, _| Case {
                answers: vec![Reaction::status(400)],
                events: Vec::new(),
                ..case
            }),
        Case::request(
            "redacted query values",
            get("/fix?token=SECRET-query&page=2&flag"),
        )
        .answers(Reaction::status(200))
        .records(
            ok("/fix")
                .is("url.path", "/fix")
                .is("url.query", "token=[redacted]&page=[redacted]&[redacted]"),
        ),
        Case::request("percent-encoding is kept", get("/users/a%20b%2Fc%00"))
            .records(ok("/users/{id}").is("url.path", "/users/a%20b%2Fc%00")),
        Case::request("an excluded page", get("/healthz"))
            .config(HttpConfig::default().with_excluded(["/healthz"]))
            .answers(Reaction::status(200).body("hello")),
        Case::keep_alive(
            "an excluded page before another",
            vec![get("/healthz"), get("/fix")],
        )
        .config(HttpConfig::default().with_excluded(["/health*"]))
        .answers(Reaction::status(200))
        .answers(Reaction::status(200))
        .records(ok("/fix")),
        Case::request("an excluded page records no children", get("/child"))
            .config(HttpConfig::default().with_excluded(["/child"]))
            .check(|seen| {
                let children = seen.others.len();
                (children > 0).then(|| format!("{children} children without a request"))
            })
            .deviates(Deviation::ExcludedIsRecorded, |case, _| Case {
                checks: vec![|seen| {
                    let is_root = |event: &&EventJson| event.text("parent") == seen.application;
                    let has_root = seen.others.iter().any(|event| is_root(&event));
                    (!has_root).then(|| "no children are recorded".to_owned())
                }],
                ..case
            }),
    ]
}
