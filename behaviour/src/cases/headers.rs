//! Cases of recorded headers and addresses, and their redaction.

use gomon_http::HttpConfig;

use super::ok;
use crate::Deviation;
use crate::case::Case;
use crate::script::{Request, get};

pub(super) fn cases() -> Vec<Case> {
    let config = HttpConfig::default;
    let trusting = || config().with_trusted_proxy("127.0.0.0/8".parse().expect("a network"));
    let everything = || {
        config()
            .with_request_headers(["*"])
            .with_response_headers(["*"])
    };
    let forwarded = || {
        get("/fix")
            .with("x-forwarded-for", "198.51.100.1, 203.0.113.9")
            .with("x-forwarded-proto", "https")
    };
    let secret = |path| -> Request {
        get(path)
            .with("authorization", "Bearer SECRET-authorization")
            .with("cookie", "session=SECRET-cookie")
            .with("x-api-key", "SECRET-key")
            .with("x-shown", "yes")
            .with("accept", "text/html")
            .with("accept", "*/*")
    };
    vec![
        Case::request("headers by default", secret("/cookie")).records(
            ok("/cookie")
                .is("headers.accept.0", "text/html")
                .is("headers.accept.1", "*/*")
                .absent("headers.x-shown")
                .is("response_headers.content-type.0", "text/plain")
                .absent("response_headers.x-plain"),
        ),
        Case::request("secrets with every header allowed", secret("/cookie"))
            .config(everything())
            .records(
                ok("/cookie")
                    .is("headers.x-shown.0", "yes")
                    .is("headers.authorization.0", "[redacted]")
                    .is("headers.cookie.0", "[redacted]")
                    .is("headers.x-api-key.0", "[redacted]")
                    .is("response_headers.x-plain.0", "shown")
                    .is("response_headers.set-cookie.0", "[redacted]"),
            ),
        Case::request("a custom allow-list", secret("/cookie"))
            .config(
                config()
                    .with_request_headers(["X-Shown"])
                    .with_response_headers(["x-plain"]),
            )
            .records(
                ok("/cookie")
                    .is("headers.x-shown.0", "yes")
                    .absent("headers.accept")
                    .is("response_headers.x-plain.0", "shown")
                    .absent("response_headers.content-type"),
            ),
        Case::request("no headers at all", secret("/cookie"))
            .config(
                config()
                    .with_request_headers([""; 0])
                    .with_response_headers([""; 0]),
            )
            .records(ok("/cookie").absent("headers").absent("response_headers")),
        Case::request(
            "a header that is not UTF-8",
            get("/fix").with("x-latin", b"caf\xe9"),
        )
        .config(everything())
        .records(ok("/fix").present("headers.x-latin.0"))
        .deviates(Deviation::HeadersAreText, |case, _| {
            case.with_expectations(None, Some(ok("/fix").absent("headers.x-latin")))
        }),
        Case::request("the peer's address", get("/fix"))
            .records(ok("/fix").contains("remoteaddr", "127.0.0.1:")),
        Case::request("a disabled remote address", get("/fix"))
            .config(config().with_remote_address(false))
            .records(ok("/fix").absent("remoteaddr")),
        Case::request("the client behind a trusted proxy", forwarded())
            .config(trusting())
            .records(
                ok("/fix")
                    .is("remoteaddr", "203.0.113.9")
                    .is("url.scheme", "https"),
            ),
        Case::request("an untrusted peer that claims to be a proxy", forwarded()).records(
            ok("/fix")
                .contains("remoteaddr", "127.0.0.1:")
                .is("url.scheme", "http"),
        ),
        Case::request(
            "an invalid address from a trusted proxy",
            get("/fix").with("x-forwarded-for", "no address"),
        )
        .config(trusting())
        .records(ok("/fix").contains("remoteaddr", "127.0.0.1")),
        Case::request("the trace id for the client", get("/fix"))
            .config(config().with_trace_header("x-trace-id".parse().expect("a name")))
            .records(ok("/fix"))
            .check(|seen| {
                let header = seen.answers[0].header("x-trace-id").unwrap_or_default();
                let trace = seen.requests[0].text("trace");
                (header != trace.as_bytes())
                    .then(|| format!("{} is not {trace}", header.escape_ascii()))
            }),
    ]
}
