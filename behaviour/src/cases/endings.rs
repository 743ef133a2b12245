//! Cases of every ending of a response whose client stays.

use super::{answered, ok};
use crate::Deviation;
use crate::case::{Case, Reaction};
use crate::expect::Expect;
use crate::script::{Request, Wire, get};

pub(super) fn cases() -> Vec<Case> {
    let head = |path| Request::new("HEAD", path);
    let lasted = |expect: Expect, ns: u64| expect.at_least("gomon:lapsed", ns);
    vec![
        Case::request("a body of known length", get("/fix"))
            .answers(
                Reaction::status(200)
                    .body("hello")
                    .header("content-length", "5"),
            )
            .records(
                ok("/fix")
                    .is("response_size", 5)
                    .is("url.path", "/fix")
                    .is("url.scheme", "http")
                    .absent("url.query"),
            ),
        Case::request("HEAD of a body of known length", head("/fix"))
            .answers(Reaction::status(200).body("").header("content-length", "5"))
            .records(ok("/fix").is("method", "HEAD").is("response_size", 0)),
        Case::request("HEAD of a stream", head("/stream"))
            .answers(Reaction::status(200).body(""))
            .records(ok("/stream").is("response_size", 0)),
        Case::request("204", get("/empty"))
            .answers(Reaction::status(204).body(""))
            .records(answered("ok", 204, "/empty").is("response_size", 0)),
        Case::request("304 with a body that is not sent", get("/nm"))
            .over(&[Wire::H1])
            .answers(Reaction::status(304).body(""))
            .records(answered("ok", 304, "/nm").is("response_size", 0))
            .deviates(Deviation::BodyAfterNotModified, |case, _| {
                case.with_expectations(
                    None,
                    Some(answered("ok", 304, "/nm").is("response_size", 5)),
                )
            }),
        Case::request("304 with a body that is sent", get("/nm"))
            .over(&[Wire::H2])
            .records(answered("ok", 304, "/nm"))
            .check(|seen| {
                let (recorded, received) = (
                    seen.requests[0].number("response_size"),
                    seen.answers[0].body.len() as u64,
                );
                (recorded != Some(received))
                    .then(|| format!("received {received} bytes, recorded {recorded:?}"))
            }),
        Case::request("a large body of known length", get("/big"))
            .answers(
                Reaction::status(200)
                    .body(vec![b'x'; 1 << 20])
                    .header("content-length", "1048576"),
            )
            .records(ok("/big").is("response_size", 1 << 20)),
        Case::request("chunks", get("/chunked"))
            .answers(Reaction::status(200).body("data: tick\n\n".repeat(3)))
            .records(ok("/chunked").is("response_size", 36)),
        Case::request("chunks of a declared length", get("/declared"))
            .answers(
                Reaction::status(200)
                    .body("data: tick\n\n".repeat(3))
                    .header("content-length", "36"),
            )
            .records(ok("/declared").is("response_size", 36)),
        Case::request("a slow stream ends with its last chunk", get("/stream"))
            .answers(Reaction::status(200).body("data: tick\n\n".repeat(5)))
            .records(lasted(ok("/stream").is("response_size", 60), 80_000_000))
            .check(|seen| {
                let event = &seen.requests[0];
                let (first, elapsed) = (event.number("first-byte"), event.number("gomon:lapsed"));
                let apart = elapsed
                    .unwrap_or_default()
                    .saturating_sub(first.unwrap_or_default());
                (apart < 80_000_000).then(|| format!("the head came {apart} ns before the end"))
            }),
        Case::request("a slow head", get("/slow"))
            .answers(Reaction::status(200).body("slow"))
            .records(lasted(
                ok("/slow").at_least("first-byte", 300_000_000),
                300_000_000,
            )),
        trailers(),
        Case::request("4xx is ok", get("/refuse"))
            .answers(Reaction::status(403).body("refused"))
            .records(
                answered("ok", 403, "/refuse")
                    .absent("error")
                    .is("response_size", 7),
            ),
        Case::request("5xx is an error", get("/fail"))
            .answers(Reaction::status(500).body("failed"))
            .records(answered("error", 500, "/fail").is("response_size", 6)),
        Case::request("an error added by the handler", get("/error"))
            .answers(Reaction::status(200).body("hello"))
            .records(answered("error", 200, "/error").contains("error.0.message", "out of stock")),
        panic("a panic before any await", "/panic"),
        panic("a panic after an await", "/panic-await"),
        broken_body("a panic in the body", "/panic-late", "panic", "late boom"),
        broken_body("a failing body", "/break", "error", "broken"),
        upgrade("echo").deviates(Deviation::OnlyWebSocketUpgrades, |_, _| {
            upgrade("websocket")
        }),
    ]
}

fn upgrade(protocol: &'static str) -> Case {
    let name = "an upgraded connection ends at the upgrade";
    Case::upgrade(name, "/upgrade", protocol)
        .answers(
            Reaction::status(101)
                .body("ping\n")
                .header("upgrade", protocol),
        )
        .records(
            Expect::outcome("ok")
                .is("response_code", 101)
                .is("route", "/upgrade")
                .is("upgrade", protocol)
                .is("response_size", 0)
                .absent("aborted"),
        )
}

fn broken_body(
    name: &'static str,
    path: &'static str,
    outcome: &'static str,
    message: &'static str,
) -> Case {
    Case::request(name, get(path))
        .answers(Reaction::broken(200).body("chunk\n"))
        .records(
            answered(outcome, 200, path)
                .contains("error.0.message", message)
                .is("response_size", 6),
        )
        .deviates(Deviation::BrokenBodyLooksComplete, |case, _| {
            case.with_expectations(Some(Reaction::status(200).body("chunk\n")), None)
        })
}

fn trailers() -> Case {
    Case::request("trailers", get("/trailers").with("te", "trailers"))
        .answers(Reaction::status(200).body("chunk\n"))
        .records(ok("/trailers").is("response_size", 6))
        .check(|seen| {
            let trailers = &seen.answers[0].trailers;
            let expected = [("x-sum".to_owned(), b"7".to_vec())];
            // Over HTTP/1.1, servers send only trailers that were announced.
            let passed = trailers[..] == expected
                || seen.requests[0].text("proto") == "HTTP/1.1" && trailers.is_empty();
            (!passed).then(|| format!("the trailers are {trailers:?}"))
        })
        .deviates(Deviation::NoTrailers, |case, _| Case {
            checks: vec![|seen| {
                let trailers = &seen.answers[0].trailers;
                (!trailers.is_empty()).then(|| format!("there are trailers: {trailers:?}"))
            }],
            ..case
        })
}

fn panic(name: &'static str, path: &'static str) -> Case {
    Case::request(name, get(path))
        .answers(Reaction::broken(0))
        .records(
            Expect::outcome("panic")
                .is("route", path)
                .is("error.0.message", "boom")
                .absent("error.1")
                .absent("response_code")
                .absent("aborted"),
        )
        .deviates(Deviation::PanicIsAnswered, |mut case, _| {
            case.answers = vec![Reaction::status(500)];
            for event in &mut case.events {
                *event = event.clone().is("response_code", 500);
            }
            case
        })
        .deviates(Deviation::PanicIsAnError, |case, _| {
            case.map_events(|event| event.is("gomon:outcome", "error").absent("error.0.message"))
        })
}
