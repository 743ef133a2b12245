//! The route, which is never the path itself, and what else the event says of the target.

use gomon_http::HttpConfig;

use super::{answered, ok};
use crate::Deviation;
use crate::case::{Case, Reaction};
use crate::json::EventJson;
use crate::script::{Request, get, post};

pub(super) fn cases() -> Vec<Case> {
    let wrong_method = |name, request| {
        Case::ask(name, request)
            .answers(Reaction::status(405))
            .records(answered("ok", 405, "/fix"))
            .deviates(Deviation::WrongMethodIsNotFound, |case, _| {
                case.instead(
                    Some(Reaction::status(404)),
                    Some(answered("ok", 404, "<unmatched>")),
                )
            })
    };
    vec![
        Case::ask("a template", get("/users/4711"))
            .answers(Reaction::status(200).body("hello"))
            .records(ok("/users/{id}").is("url.path", "/users/4711")),
        Case::ask("a nested template", get("/nested/a/b/c"))
            .answers(Reaction::status(200).body("hello"))
            .records(ok("/nested/{x}/b/{id}").is("url.path", "/nested/a/b/c")),
        Case::ask("an unknown path", get("/nowhere/at/all"))
            .answers(Reaction::status(404))
            .records(
                answered("ok", 404, "<unmatched>")
                    .is("url.path", "/nowhere/at/all")
                    .absent("error"),
            ),
        wrong_method("a wrong method", post("/fix", "x")),
        wrong_method("an absurd method", Request::new("FROBNICATE", "/fix"))
            .map_events(|event| event.is("method", "_OTHER"))
            .deviates(Deviation::UnknownMethodUnseen, |case, _| Case {
                answers: vec![Reaction::status(400)],
                events: Vec::new(),
                ..case
            }),
        Case::ask(
            "the values of a query",
            get("/fix?token=SECRET-query&page=2&flag"),
        )
        .answers(Reaction::status(200))
        .records(
            ok("/fix")
                .is("url.path", "/fix")
                .is("url.query", "token=[redacted]&page=[redacted]&[redacted]"),
        ),
        Case::ask(
            "percent signs stay as they came",
            get("/users/a%20b%2Fc%00"),
        )
        .records(ok("/users/{id}").is("url.path", "/users/a%20b%2Fc%00")),
        Case::ask("a page that is left out", get("/healthz"))
            .config(HttpConfig::default().with_excluded(["/healthz"]))
            .answers(Reaction::status(200).body("hello")),
        Case::keep_alive(
            "a page that is left out, and one that is not",
            vec![get("/healthz"), get("/fix")],
        )
        .config(HttpConfig::default().with_excluded(["/health*"]))
        .answers(Reaction::status(200))
        .answers(Reaction::status(200))
        .records(ok("/fix")),
        Case::ask("a page that is left out opens no children", get("/child"))
            .config(HttpConfig::default().with_excluded(["/child"]))
            .check(|seen| match &seen.others[..] {
                [] => Ok(()),
                others => Err(format!("{} children of nobody", others.len())),
            })
            .deviates(Deviation::LeftOutIsHeard, |case, _| Case {
                checks: vec![|seen| {
                    let is_root = |event: &&EventJson| event.text("parent") == seen.application;
                    let roots = seen.others.iter().filter(is_root).count();
                    (roots > 0)
                        .then_some(())
                        .ok_or_else(|| "no children are told".to_owned())
                }],
                ..case
            }),
    ]
}
