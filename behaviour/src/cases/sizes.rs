//! Cases of request bodies and their sizes.

use super::ok;
use crate::case::{Case, Reaction};
use crate::script::{Request, RequestBody, Wire, get, post};

pub(super) fn cases() -> Vec<Case> {
    let pieces = || RequestBody {
        pieces: ["one", "two", "three"].map(Vec::from).to_vec(),
        ..RequestBody::default()
    };
    let invalid = b"\xff\xfe\x00\xc3(".to_vec();
    vec![
        Case::request("an upload of known length", post("/echo", "0123456789"))
            .answers(Reaction::status(200).body("0123456789"))
            .records(
                ok("/echo")
                    .is("content-length", 10)
                    .is("request_size", 10)
                    .is("response_size", 10)
                    .absent("encoding"),
            ),
        Case::request(
            "an upload in pieces",
            Request::new("POST", "/echo").body(pieces()),
        )
        .answers(Reaction::status(200).body("onetwothree"))
        .records(
            ok("/echo")
                .is("request_size", 11)
                .is("response_size", 11)
                .absent("content-length"),
        ),
        Case::request(
            "the encoding of an upload",
            Request::new("POST", "/echo").body(pieces()),
        )
        .over(&[Wire::H1])
        .records(ok("/echo").is("encoding", "chunked")),
        Case::request("an empty upload", post("/echo", ""))
            .answers(Reaction::status(200).body(""))
            .records(
                ok("/echo")
                    .is("content-length", 0)
                    .is("request_size", 0)
                    .is("response_size", 0),
            ),
        Case::request("a large upload", post("/echo", vec![b'u'; 200_000]))
            .answers(Reaction::status(200).body(vec![b'u'; 200_000]))
            .records(
                ok("/echo")
                    .is("request_size", 200_000)
                    .is("response_size", 200_000),
            ),
        Case::request("an upload that is not UTF-8", post("/echo", &invalid))
            .answers(Reaction::status(200).body(&invalid))
            .records(ok("/echo").is("request_size", 5)),
        Case::request("an unread upload", post("/unread", "0123456789"))
            .answers(Reaction::status(200).body("unread"))
            .records(ok("/unread").is("content-length", 10).is("request_size", 0)),
        Case::request("a request without a body", get("/fix")).records(
            ok("/fix")
                .is("request_size", 0)
                .absent("content-length")
                .absent("encoding")
                .absent("close"),
        ),
        Case::request(
            "a client that requests the close",
            get("/fix").with("connection", "close"),
        )
        .over(&[Wire::H1])
        .records(ok("/fix").is("close", true)),
        Case::request(
            "a client that waits for 100",
            post("/echo", "hello").with("expect", "100-continue"),
        )
        .over(&[Wire::H1])
        .answers(Reaction::status(200).body("hello"))
        .records(ok("/echo").is("request_size", 5)),
    ]
}
