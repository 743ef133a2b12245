//! Cases of several requests on one connection.

use super::{answered, ok};
use crate::case::{Case, Reaction};
use crate::script::{Request, get, post};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::keep_alive(
            "a kept-alive connection",
            vec![
                get("/fix"),
                post("/echo", "abc"),
                get("/chunked"),
                get("/nowhere"),
                Request::new("HEAD", "/fix"),
            ],
        )
        .answers(Reaction::status(200).body("hello"))
        .answers(Reaction::status(200).body("abc"))
        .answers(Reaction::status(200))
        .answers(Reaction::status(404))
        .answers(Reaction::status(200).body(""))
        .records(ok("/fix").is("response_size", 5))
        .records(ok("/echo").is("request_size", 3))
        .records(ok("/chunked").is("response_size", 36))
        .records(answered("ok", 404, "<unmatched>"))
        .records(ok("/fix").is("method", "HEAD")),
        Case::pipeline(
            "requests sent at once",
            vec![get("/fix"), get("/stream"), get("/users/7"), get("/empty")],
        )
        .answers(Reaction::status(200).body("hello"))
        .answers(Reaction::status(200).body("data: tick\n\n".repeat(5)))
        .answers(Reaction::status(200).body("hello"))
        .answers(Reaction::status(204))
        .records(ok("/fix"))
        .records(ok("/stream").is("response_size", 60))
        .records(ok("/users/{id}").is("url.path", "/users/7"))
        .records(answered("ok", 204, "/empty")),
    ]
}
