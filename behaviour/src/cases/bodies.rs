//! Cases of sampled response bodies.

use gomon_http::HttpConfig;

use super::{answered, ok};
use crate::case::Case;
use crate::script::get;

pub(super) fn cases() -> Vec<Case> {
    let sampled = |bytes| HttpConfig::default().with_response_body(bytes);
    let long: &'static str = "éééééééééééééééééééééééééééééééééééééééééééééééééé";
    vec![
        Case::request("no body by default", get("/json"))
            .records(ok("/json").absent("response_body")),
        Case::request("a body that is text", get("/json"))
            .config(sampled(1024))
            .records(
                ok("/json")
                    .is("response_body", r#"{"name":"value"}"#)
                    .is("response_size", 16),
            ),
        Case::request("a body in chunks", get("/chunked"))
            .config(sampled(20))
            .records(ok("/chunked").is("response_body", "data: tick\n\ndata: ti")),
        Case::request("a body over the limit", get("/long"))
            .config(sampled(100))
            .records(
                ok("/long")
                    .is("response_body", long)
                    .is("response_size", 4_000),
            ),
        Case::request("a body cut inside a character", get("/long"))
            .config(sampled(101))
            .records(answered("ok", 200, "/long").is("response_body", long)),
        Case::request("a body of a type not allowed", get("/binary"))
            .config(sampled(1024))
            .records(ok("/binary").absent("response_body").is("response_size", 3)),
        Case::request("a body that is not UTF-8", get("/latin"))
            .config(sampled(1024))
            .records(ok("/latin").is("response_body.base64", "Y2Fm6SBub2ly")),
        Case::request("a body over the limit of a long value", get("/big"))
            .config(sampled(20_000).with_body_types(["*"]))
            .records(
                answered("ok", 200, "/big")
                    .contains("response_body", "xxxx")
                    .is("gomon:cut.0", "response_body")
                    .is("response_size", 1 << 20),
            )
            .check(|seen| {
                let bytes = seen.requests[0].text("response_body").len();
                (bytes > 10 * 1024).then(|| format!("{bytes} bytes of the body"))
            }),
        Case::request("a failing body is sampled up to the failure", get("/break"))
            .config(sampled(1024))
            .records(answered("error", 200, "/break").is("response_body", "chunk\n")),
    ]
}
