//! Clients that leave.

use crate::Deviation;
use crate::case::{Case, Seen};
use crate::expect::Expect;
use crate::script::{Door, Leave, Request, RequestBody, Wire, get};

pub(super) fn cases() -> Vec<Case> {
    vec![
        before_head("a client that closes before the head", Door::Close),
        before_head("a client that resets before the head", Door::Reset),
        in_body("a client that closes in the body", "/stream", Door::Close),
        in_body("a client that resets in the body", "/stream", Door::Reset),
        in_body(
            "server-sent events until the client closes",
            "/sse",
            Door::Close,
        ),
        in_body(
            "server-sent events until the client resets",
            "/sse",
            Door::Reset,
        ),
        upload("a client that closes in its upload", Door::Close),
        upload("a client that resets in its upload", Door::Reset),
    ]
}

fn before_head(name: &'static str, door: Door) -> Case {
    Case::leave(name, get("/slow"), Leave::BeforeHead, door)
        .records(
            Expect::outcome("cancelled")
                .is("route", "/slow")
                .is("aborted", "handler")
                .is("response_size", 0)
                .absent("response_code")
                .absent("error"),
        )
        .check(|seen| {
            let lapsed = seen.requests[0].number("gomon:lapsed").unwrap_or_default();
            (lapsed < 300_000_000)
                .then_some(())
                .ok_or_else(|| format!("noticed after {lapsed} ns only"))
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

fn in_body(name: &'static str, path: &'static str, door: Door) -> Case {
    Case::leave(name, get(path), Leave::InBody, door).records(
        Expect::outcome("cancelled")
            .is("route", path)
            .is("aborted", "body")
            .is("response_code", 200)
            .at_least("response_size", 12)
            .absent("error"),
    )
}

/// The handler may still see that the body is cut and answer, which nobody reads.
fn upload(name: &'static str, door: Door) -> Case {
    let request = Request::new("POST", "/echo").body(RequestBody::Cut {
        sent: b"01234567890123456789".to_vec(),
        declared: 100,
    });
    Case::leave(name, request, Leave::BeforeHead, door)
        .records(
            Expect::default()
                .is("route", "/echo")
                .is("content-length", 100),
        )
        .check(|seen| refused(seen, "error"))
        // Who does not see the body does not see it break off.
        .deviates(Deviation::RequestSizeUnknown, |mut case, _| {
            case.checks = vec![|seen| refused(seen, "ok")];
            case
        })
}

fn refused(seen: &Seen, outcome: &str) -> Result<(), String> {
    let event = &seen.requests[0];
    let is_told = match (event.text("gomon:outcome"), event.number("response_code")) {
        ("cancelled", _) => true,
        (told, Some(400..500)) => told == outcome,
        _ => false,
    };
    let wrong = || format!("neither cancelled nor refused with {outcome}");
    is_told.then_some(()).ok_or_else(wrong)
}
