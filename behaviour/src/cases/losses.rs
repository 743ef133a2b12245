//! Cases of clients that leave.

use crate::Deviation;
use crate::case::{Case, Seen};
use crate::expect::Expect;
use crate::script::{CloseMode, Leave, Request, RequestBody, Wire, get};

pub(super) fn cases() -> Vec<Case> {
    vec![
        before_head("a client that closes before the head", CloseMode::Close),
        before_head("a client that resets before the head", CloseMode::Reset),
        in_body(
            "a client that closes in the body",
            "/stream",
            CloseMode::Close,
        ),
        in_body(
            "a client that resets in the body",
            "/stream",
            CloseMode::Reset,
        ),
        in_body(
            "server-sent events until the client closes",
            "/sse",
            CloseMode::Close,
        ),
        in_body(
            "server-sent events until the client resets",
            "/sse",
            CloseMode::Reset,
        ),
        upload("a client that closes in its upload", CloseMode::Close),
        upload("a client that resets in its upload", CloseMode::Reset),
    ]
}

fn before_head(name: &'static str, mode: CloseMode) -> Case {
    Case::leave(name, get("/slow"), Leave::BeforeHead, mode)
        .records(
            Expect::outcome("cancelled")
                .is("route", "/slow")
                .is("aborted", "handler")
                .is("response_size", 0)
                .absent("response_code")
                .absent("error"),
        )
        .check(|seen| {
            let elapsed = seen.requests[0].number("gomon:lapsed").unwrap_or_default();
            (elapsed >= 300_000_000).then(|| format!("noticed only after {elapsed} ns"))
        })
        .deviates(Deviation::HandlerOutlivesClient, |case, _| {
            let event = Expect::outcome("cancelled")
                .is("aborted", "head")
                .is("response_code", 200);
            Case {
                events: vec![event],
                checks: Vec::new(),
                ..case
            }
        })
        .deviates(Deviation::LossBeforeHeadUnseen, |case, wire| {
            if wire == Wire::H2 {
                return case;
            }
            let event = Expect::outcome("ok").is("response_code", 200);
            Case {
                events: vec![event],
                checks: Vec::new(),
                ..case
            }
        })
}

fn in_body(name: &'static str, path: &'static str, mode: CloseMode) -> Case {
    Case::leave(name, get(path), Leave::InBody, mode).records(
        Expect::outcome("cancelled")
            .is("route", path)
            .is("aborted", "body")
            .is("response_code", 200)
            .at_least("response_size", 12)
            .absent("error"),
    )
}

/// A client that leaves during its upload; the handler may still see the truncated body and answer.
fn upload(name: &'static str, mode: CloseMode) -> Case {
    let request = Request::new("POST", "/echo").body(RequestBody {
        is_cut: true,
        ..RequestBody::declared(100, "01234567890123456789")
    });
    Case::leave(name, request, Leave::BeforeHead, mode)
        .records(
            Expect::default()
                .is("route", "/echo")
                .is("content-length", 100),
        )
        .check(rejected)
}

fn rejected(seen: &Seen) -> Option<String> {
    let event = &seen.requests[0];
    let recorded = (event.text("gomon:outcome"), event.number("response_code"));
    let is_recorded = matches!(recorded, ("cancelled", _) | ("ok", Some(400..500)));
    (!is_recorded).then(|| "neither cancelled nor rejected".to_owned())
}
